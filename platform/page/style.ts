/** One small style for all pages, light and dark, from a phone's width up. */
export const STYLE = `
:root {
  --back: #fbfaf7; --ink: #1d2327; --soft: #5d6870; --line: #e3e0d8; --link: #0b6477; --code: #f3f1ea;
  --client: #7a5a00; --server: #a12a1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14181b; --ink: #e4e7e8; --soft: #9aa6ad; --line: #2e373d; --link: #6fc7d9; --code: #232b30;
    --client: #e2c062; --server: #f0968c;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
code, pre { font: .875em/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace }
code { background: var(--code); border-radius: .25rem; padding: .1em .3em }
pre { background: var(--code); border-radius: .5rem; padding: .75rem 1rem; margin: .25rem 0 0; overflow-x: auto }
a code { background: none; padding: 0 }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .25rem }
p { margin: .25rem 0 .5rem }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1rem 5rem }
.crumbs { color: var(--soft) }
dl.rows { margin: 0; border-top: 1px solid var(--line) }
dl.rows dt { padding-top: .45rem }
dl.rows dd { margin: 0; padding-bottom: .45rem; border-bottom: 1px solid var(--line) }
.status { font-weight: 600 }
.status.s4 { color: var(--client) } .status.s5 { color: var(--server) }
@media (min-width: 60rem) {
  dl.rows { display: grid; grid-template-columns: minmax(10rem, 21rem) minmax(0, 1fr) }
  dl.rows dt { border-bottom: 1px solid var(--line); padding: .45rem 1.25rem .45rem 0 }
  dl.rows dd { padding-top: .45rem }
}
`
