-- An editor client for git trace: put this file into ~/.config/nvim/plugin/. It needs Neovim 0.7 or later, and 'git trace' on the
-- PATH; no server. ':TraceNote why' keeps a note on a line. Edits are told when a file is written, where 'git trace init' does not
-- find them by itself; 'vim.g.git_trace_navigation = true' tells on which line the cursor rests. Nothing waits for git trace.
if vim.fn.executable('git') == 0 then return end
local texts = {}

local function git(path, ...)
  local said = vim.fn.systemlist({ 'git', '-C', vim.fn.fnamemodify(path, ':h'), ... })
  return vim.v.shell_error == 0 and said or nil
end

-- Starts a git trace that goes on when we have gone.
local function trace(path, args, input, done)
  local options = { cwd = vim.fn.fnamemodify(path, ':h'), detach = true, on_exit = done }
  local ok, job = pcall(vim.fn.jobstart, vim.list_extend({ 'git', 'trace' }, args), options)
  if not ok or job <= 0 then return end
  vim.fn.chansend(job, input)
  vim.fn.chanclose(job, 'stdin')
end

-- A file's name in its repository, and whether its edits are found anyway; nothing where nobody wants git trace, or git ignores it.
local function place(path)
  local said = git(path, 'rev-parse', '--path-format=absolute', '--git-common-dir', '--show-prefix')
  local folder = said and said[1] .. '/trace'
  if not said or vim.fn.isdirectory(folder) == 0 or vim.fn.filereadable(folder .. '/paused') == 1 then return end
  if vim.env.GITTRACE == '0' or vim.env.DO_NOT_TRACK == '1' or git(path, 'check-ignore', '-q', path) then return end
  return said[2] .. vim.fn.fnamemodify(path, ':t'), vim.fn.filereadable(folder .. '/hook.sh') == 1
end

local function tell(path, kind, payload)
  trace(path, { 'ingest', '-' }, vim.json.encode({ { type = kind, payload = payload } }))
end

local function read(path)
  local file = io.open(path, 'rb')
  local text = file and file:read('*a')
  if file then file:close() end
  return text
end

local function on(event, work)
  vim.api.nvim_create_autocmd(event, { callback = function()
    local path = vim.fn.resolve(vim.fn.expand('<afile>:p'))
    if vim.bo.buftype == '' and path ~= '' then work(path) end
  end })
end

on('BufWritePre', function(path) texts[path] = read(path) end)

on('BufWritePost', function(path)
  local old, new = texts[path], read(path)
  texts[path] = nil
  if not new or old == new or #new > 1e6 or new:find('\0', 1, true) then return end
  local name, is_found = place(path)
  if not name or is_found then return end
  local diff = vim.diff(old or '', new, { ctxlen = 3 })
  local _, more = diff:gsub('\n%+', '')
  local _, less = diff:gsub('\n%-', '')
  local head = ('--- %s\n+++ b/%s\n'):format(old and 'a/' .. name or '/dev/null', name)
  tell(path, 'edit', {
    file = name, change_summary = ('+%d/-%d'):format(more, less), additions = more, deletions = less,
    diff_snippet = diff == '' and '' or (head .. diff):sub(1, 16000):match('.*\n'), status = old and 'modified' or 'added', source = 'nvim',
  })
end)

on('CursorHold', function(path)
  local name = vim.g.git_trace_navigation and place(path)
  if name then tell(path, 'navigation', { file = name, line = vim.fn.line('.'), column = vim.fn.col('.') }) end
end)

vim.api.nvim_create_user_command('TraceNote', function(command)
  local path = vim.fn.resolve(vim.fn.expand('%:p'))
  local prefix = git(path, 'rev-parse', '--show-prefix')
  local target = ('%s%s:%d'):format(prefix and prefix[1] or '', vim.fn.fnamemodify(path, ':t'), vim.fn.line('.'))
  trace(path, { 'note', '--target', target, command.args }, '', function(_, code)
    vim.notify(code == 0 and 'git trace: noted' or "git trace: not noted; 'git trace note' says why")
  end)
end, { nargs = '+', desc = 'keep a note on this line' })
