/** One small style for all pages, light and dark, from a phone's width up. */
export const STYLE = `
:root {
  --back: #fbfaf7; --card: #fff; --ink: #1d2327; --soft: #5d6870; --line: #e3e0d8; --link: #0b6477; --code: #f3f1ea;
  --get: #0b6477; --post: #2c6e2f; --put: #7a5a00; --delete: #a12a1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14181b; --card: #1b2125; --ink: #e4e7e8; --soft: #9aa6ad; --line: #2e373d; --link: #6fc7d9; --code: #232b30;
    --get: #6fc7d9; --post: #85cf88; --put: #e2c062; --delete: #f0968c;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
code, pre { font: .875em/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace }
code { background: var(--code); border-radius: .25rem; padding: .1em .3em }
pre { background: var(--code); border-radius: .5rem; padding: .75rem 1rem; margin: .25rem 0 0; overflow-x: auto }
a code { background: none; padding: 0 }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .25rem }
h3 { font-size: 1.05rem; margin: 0 }
h4 { font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 1.25rem 0 .35rem }
p { margin: .25rem 0 .5rem }
.layout { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 76rem; margin: 0 auto }
main { padding: 1.5rem 1rem 5rem; min-width: 0 }
main.narrow { max-width: 46rem; margin: 0 auto; padding-top: 2.5rem }
nav { padding: 1rem; border-bottom: 1px solid var(--line); font-size: .9rem }
nav ul { display: none; list-style: none; margin: 0 0 .75rem; padding: 0 }
nav li { padding: .1rem 0 }
nav li a { color: inherit }
nav .group { font-weight: 600; color: var(--soft); margin-right: .75rem }
.soft, .crumbs { color: var(--soft) }
article { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.25rem; margin: 1rem 0 }
.route { display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline; margin: .15rem 0 .5rem }
.route code { background: none; padding: 0; font-size: .95rem }
.method { font: 700 .75rem/1.5 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .04em; color: var(--get) }
.post { color: var(--post) } .put, .patch { color: var(--put) } .delete { color: var(--delete) }
.chip { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; color: var(--soft) }
dl.rows { margin: 0; border-top: 1px solid var(--line) }
dl.rows dt { padding-top: .45rem }
dl.rows dd { margin: 0; padding-bottom: .45rem; border-bottom: 1px solid var(--line) }
dl.rows .soft { font-size: .85rem }
.status { font-weight: 600; color: var(--post) }
.status.s3 { color: var(--get) } .status.s4 { color: var(--put) } .status.s5 { color: var(--delete) }
ul.problems { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .9rem }
details { margin: .25rem 0 }
summary { cursor: pointer; color: var(--soft); font-size: .9rem }
@media (min-width: 60rem) {
  .layout { grid-template-columns: 16rem minmax(0, 1fr) }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border: 0; border-right: 1px solid var(--line); padding: 1.5rem 1rem }
  nav ul { display: block }
  main { padding: 2rem 2.5rem 5rem }
  dl.rows { display: grid; grid-template-columns: minmax(10rem, 17rem) minmax(0, 1fr) }
  dl.rows dt { border-bottom: 1px solid var(--line); padding: .45rem 1.25rem .45rem 0 }
  dl.rows dd { padding-top: .45rem }
}
`
