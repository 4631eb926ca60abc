/** Which language a file is written in, by its name; languages are called as GitHub Linguist calls them. Pure. */

/** `language: extensions`, compact. https://github.com/github-linguist/linguist/blob/main/lib/linguist/languages.yml */
const TABLE = `
Astro:astro|C:c|C#:cs|C++:cc,cpp,cxx,hh,hpp,hxx|CSS:css|Clojure:clj,cljc,cljs|CMake:cmake|CoffeeScript:coffee|Crystal:cr
Dart:dart|Dockerfile:dockerfile|Elixir:ex,exs|Elm:elm|Erlang:erl,hrl|F#:fs,fsi,fsx|Fortran:f90,f95|GLSL:glsl|Go:go
GraphQL:gql,graphql|Groovy:gradle,groovy|HCL:hcl,tf|HTML:htm,html|Haskell:hs|Java:java|JavaScript:cjs,js,jsx,mjs
Julia:jl|Jupyter Notebook:ipynb|Kotlin:kt,kts|Less:less|Lua:lua|Makefile:mk|Nim:nim|Nix:nix|OCaml:ml,mli
Objective-C:m|PHP:php|Perl:pl,pm|PowerShell:ps1,psm1|Prolog:pro|Protocol Buffer:proto|Python:py,pyi|R:r|Ruby:rb,rake
Rust:rs|SCSS:scss|SQL:sql|Sass:sass|Scala:sc,scala|Shell:bash,fish,sh,zsh|Solidity:sol|Svelte:svelte|Swift:swift
TypeScript:cts,mts,ts,tsx|Vue:vue|WebAssembly:wat|Zig:zig`;

const BY_EXTENSION = new Map<string, string>(
  TABLE.trim()
    .split(/[|\n]/)
    .flatMap((row) => {
      const [language = '', extensions = ''] = row.split(':');
      return extensions.split(',').map((extension): [string, string] => [extension, language]);
    }),
);

const BY_NAME = new Map([
  ['containerfile', 'Dockerfile'],
  ['dockerfile', 'Dockerfile'],
  ['gemfile', 'Ruby'],
  ['gnumakefile', 'Makefile'],
  ['jenkinsfile', 'Groovy'],
  ['makefile', 'Makefile'],
  ['rakefile', 'Ruby'],
]);

/**
 * The language of a file; `undefined` for data, prose and unknown ones.
 *
 * @example
 * languageOf('src/cli/main.ts') // 'TypeScript'
 */
export function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  return (dot > 0 ? BY_EXTENSION.get(name.slice(dot + 1)) : undefined) ?? BY_NAME.get(name);
}
