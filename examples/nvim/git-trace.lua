-- Notes and, if g:git_trace_navigation is set, looked-at lines for git trace. Put it into ~/.config/nvim/plugin/.
local function trace(args, input) vim.system(vim.list_extend({ 'git', 'trace' }, args), { stdin = input, cwd = vim.fn.expand('%:p:h') }) end
local function here() return vim.fn.systemlist({ 'git', 'ls-files', '--full-name', vim.fn.expand('%:p') })[1] end
vim.api.nvim_create_user_command('TraceNote', function(command)
  trace({ 'note', '--target', (here() or vim.fn.expand('%:t')) .. ':' .. vim.fn.line('.'), command.args })
end, { nargs = '+', desc = 'record why' })
vim.api.nvim_create_autocmd('CursorHold', { callback = function()
  if not vim.g.git_trace_navigation or not here() then return end
  local payload = { file = here(), line = vim.fn.line('.'), column = vim.fn.col('.') }
  trace({ 'ingest', '-' }, vim.json.encode({ { type = 'navigation', payload = payload } }))
end })
