"""Make docs/cli.md from what each command prints with -h."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core import files
from core.cli import Flag, Parser
from core.errors import WorkFailed, run

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'cli.md'
COMMAND = 'python3 -m docs.make_cli'
COMMANDS = (
    ('get_data.py',),
    ('__main__.py',),
    ('tests.py',),
    ('predict.py',),
    ('explain.py',),
    ('publish.py',),
    ('app.py',),
    ('prepare_dcgan_dataset.py',),
    ('-m', 'dcgan'),
    ('benchmarks/run.py',),
)
ABOUT = f"""
Make docs/cli.md, the page of all commands and their flags, from what each prints with -h.

  {COMMAND}
"""
FLAGS = {'What to do': [Flag('check', 'write nothing; fail if docs/cli.md is out of date')]}
HEAD = f"""# The commands

`{COMMAND}` makes this page from what each command prints with `-h`. Do not edit it.
"""
SECTION = """
## `{command}`

```text
{text}
```
"""


def main(argv=None):
    flags = Parser(ABOUT, FLAGS).parse(argv)
    text = page()
    if not flags.check:
        files.write(PAGE, text)
    elif not PAGE.is_file() or PAGE.read_text(encoding='utf-8') != text:
        raise WorkFailed(f'docs/cli.md is out of date; make it with: {COMMAND}')


def page():
    """The Markdown of all commands."""
    with ThreadPoolExecutor() as pool:
        texts = pool.map(help_of, COMMANDS)
        sections = [SECTION.format(command=called(c), text=text) for c, text in zip(COMMANDS, texts, strict=True)]
    return HEAD + ''.join(sections)


def help_of(command):
    """What a command prints with -h. Raises WorkFailed if it prints none."""
    call = [sys.executable, '-X', 'utf8', *command, '-h']
    done = subprocess.run(call, cwd=ROOT, capture_output=True, encoding='utf-8')
    if done.returncode or not done.stdout.strip():
        reason = (done.stderr.strip() or 'it prints nothing').splitlines()[-1]
        raise WorkFailed(f'{called(command)} -h: {reason}')
    return done.stdout.strip()


def called(command):
    return ' '.join(('python3', *command))


if __name__ == '__main__':
    run(main)
