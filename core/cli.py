"""Flags in the spelling of the classic scripts: `-min_year=1980`, one dash or two, `=` or a blank."""

import argparse
import difflib
import re
import sys
from dataclasses import dataclass
from typing import Any

from core.errors import WrongCall
from core.version import VERSION

INDENT = 30
WIDTH = 110
ONE_DASH = re.compile(r'-[A-Za-z]\w')
SHOWN = object()  # what a bare --version stands for


@dataclass(frozen=True)
class Flag:
    """One flag. `read` turns its text into a value and raises ValueError saying which values are allowed.

    A flag whose default is False and that has no `read` is a switch.
    """

    name: str
    meaning: str
    default: Any = False
    read: Any = None
    shown: str = ''  # the default as -h shows it

    @property
    def spelling(self):
        if self.read is None:
            return f'-{self.name}'
        return f'-{self.name}={self.shown if self.shown or self.default is None else self.default}'


class Parser(argparse.ArgumentParser):
    def __init__(self, about, groups, arguments=None):
        """`about`: what -h opens with; `groups`: {title: [Flag, ...]}; `arguments`: (name, meaning) of the rest."""
        super().__init__(add_help=False, allow_abbrev=False)
        self.about, self.groups, self.arguments = about.strip(), groups, arguments
        self.flags = {flag.name: flag for group in groups.values() for flag in group}
        self.add_argument('-h', '--help', action='help')
        if 'version' not in self.flags:
            self.add_argument('--version', dest='version', action='store_const', const=SHOWN)
        for flag in self.flags.values():
            self.add_flag(flag)
        if arguments:
            self.add_argument(arguments[0], nargs='*')

    def add_flag(self, flag):
        spelling = f'--{flag.name}'
        if flag.read is None:
            self.add_argument(spelling, dest=flag.name, action='store_true')
        else:
            bare = {'nargs': '?', 'const': SHOWN} if flag.name == 'version' else {}
            self.add_argument(spelling, dest=flag.name, default=flag.default, type=self.reader(flag), **bare)

    @staticmethod
    def reader(flag):
        def read(text):
            try:
                return flag.read(text)
            except ValueError as error:
                raise WrongCall(f'-{flag.name}={text}: {error}') from None

        return read

    def parse(self, argv=None):
        """Return the namespace of flags. Raises WrongCall for an unknown flag (naming the nearest) or value."""
        words = [_two_dashes(word) for word in (sys.argv[1:] if argv is None else argv)]
        known, unknown = self.parse_known_intermixed_args(words)
        if unknown:
            raise WrongCall(self.unknown(unknown[0]))
        if known.version is SHOWN:
            print(f'movie-poster-toolkit {VERSION}')
            raise SystemExit(0)
        return known

    def unknown(self, word):
        if not word.startswith('-'):
            return f"'{word}' is no flag of this script; -h lists them"
        name = word.lstrip('-').split('=')[0]
        near = difflib.get_close_matches(name, self.flags, n=1, cutoff=0.5)
        return f'there is no flag -{name}; ' + (f'did you mean -{near[0]}?' if near else '-h lists them')

    def error(self, message):
        raise WrongCall(message.replace('argument --', '-', 1))

    def format_help(self):
        lines = [self.about, '']
        if self.arguments:
            lines += [f'  {self.arguments[0]:<{INDENT - 2}}{self.arguments[1]}', '']
        for title, group in self.groups.items():
            lines.append(f'{title}:')
            for flag in group:
                lines += entry(flag.spelling, flag.meaning)
            lines.append('')
        return '\n'.join([*lines, *entry('-h', 'this text'), *entry('--version', 'the version of the toolkit'), ''])


def _two_dashes(word):
    """A flag of one dash with two, as argparse knows it; -h and what is no flag stay."""
    return f'-{word}' if ONE_DASH.match(word) else word


def entry(head, text):
    """Lines of a two-column entry: `head` on the left, `text` wrapped on the right."""
    lines, line = [], ''
    for word in text.split():
        if line and len(line) + 1 + len(word) > WIDTH - INDENT:
            lines.append(line)
            line = word
        else:
            line = f'{line} {word}'.strip()
    lines.append(line)
    if len(head) > INDENT - 4:
        return [f'  {head}'] + [' ' * INDENT + rest for rest in lines]
    return [f'  {head:<{INDENT - 2}}{lines[0]}'] + [' ' * INDENT + rest for rest in lines[1:]]


def integer(low, high=None):
    """A reader of whole numbers in low..high (high None: no upper bound)."""
    allowed = f'a whole number from {low} to {high}' if high is not None else f'a whole number from {low} up'

    def read(text):
        try:
            value = int(text)
        except ValueError:
            raise ValueError(f'give {allowed}') from None
        if value < low or (high is not None and value > high):
            raise ValueError(f'give {allowed}')
        return value

    return read


def number(low, high):
    """A reader of numbers with low < number <= high."""

    def read(text):
        try:
            value = float(text)
        except ValueError:
            value = low
        if not low < value <= high:
            raise ValueError(f'give a number above {low} and up to {high}')
        return value

    return read


def listed(read):
    """A reader of a comma-separated list, each part read by `read`; returns a tuple without repetitions."""

    def read_list(text):
        parts = [part.strip() for part in text.split(',') if part.strip()]
        if not parts:
            raise ValueError('give at least one')
        return tuple(dict.fromkeys(read(part) for part in parts))

    return read_list


def titles(text):
    """A reader of titles, which may have commas in them, separated by semicolons."""
    parts = [part.strip() for part in text.split(';') if part.strip()]
    if not parts:
        raise ValueError('give titles separated by semicolons')
    return parts


def choice(*allowed):
    """A reader that takes one of `allowed`."""

    def read(text):
        if text not in allowed:
            raise ValueError(f'give one of {", ".join(allowed)}{nearest(text, allowed)}')
        return text

    return read


def switch(text):
    """A reader of on or off."""
    return choice('on', 'off')(text) == 'on'


def text(value):
    """A reader of any text but none at all."""
    if not value.strip():
        raise ValueError('give a value')
    return value


def nearest(word, words):
    """' (did you mean X?)' for the nearest of `words`, or nothing."""
    lower = {w.lower(): w for w in words}
    near = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.5)
    return f' (did you mean {lower[near[0]]}?)' if near else ''
