"""Several trainings one after the other: a CSV file with a row a run and a column a flag."""

import csv
import os
import subprocess
import sys

from core.cli import nearest
from core.errors import WrongCall, say

YES, NO = ('true', 'yes', 'on', '1'), ('false', 'no', 'off', '0')


def read_jobs(path, known):
    """The flags of each job of a file, [['-name=a', '-crop', ...], ...]; `known` are {name: Flag}.

    Raises WrongCall for a file that cannot be used.
    """
    try:
        with open(path, newline='', encoding='utf-8-sig') as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WrongCall(f'-jobs={path}: cannot be read: {getattr(error, "strerror", None) or error}') from None
    if not rows:
        raise WrongCall(f'-jobs={path}: there is no row in it')
    for name in filter(None, rows[0]):
        if flag_name(name) not in known:
            raise WrongCall(f"-jobs={path}: there is no flag '{flag_name(name)}'{nearest(flag_name(name), known)}")
    jobs = []
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise WrongCall(f'-jobs={path}: line {number} has another number of fields than the first')
        jobs.append([spell(known[flag_name(name)], text, path, number) for name, text in row.items() if text.strip()])
    return [[flag for flag in job if flag] for job in jobs]


def flag_name(column):
    return column.strip().lstrip('-')


def spell(flag, text, path, line):
    """A flag as one would type it, nothing for a switch that is off."""
    if flag.read is not None:
        return f'-{flag.name}={text.strip()}'
    if text.strip().lower() not in YES + NO:
        raise WrongCall(f'-jobs={path}: line {line}: {flag.name} is true or false, not {text}')
    return f'-{flag.name}' if text.strip().lower() in YES else ''


def run_jobs(jobs, runs):
    """Train each job in a process of its own; one that fails does not stop the rest. Returns the exit status."""
    failed = []
    for number, flags in enumerate(jobs, 1):
        given = dict(flag[1:].split('=', 1) for flag in flags if '=' in flag)
        name = given.get('name') or os.path.basename(os.path.abspath(given.get('dataset', '?')))
        print(f'\njob {number} of {len(jobs)}: {name}', flush=True)
        rest = [flag for flag in flags if flag != '-train']
        if subprocess.run([sys.executable, '-m', 'dcgan', f'-runs={runs}', *rest, '-train']).returncode:
            failed.append(name)
    if failed:
        return say(f'{len(failed)} of {len(jobs)} jobs failed: {", ".join(failed)}', 1)
    return 0
