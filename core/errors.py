"""What a user can cause is answered in one line: the call was wrong (exit 2), or the work failed (exit 1)."""

import errno
import io
import os
import signal
import sys
import warnings

from core.log import print_log


class WrongCall(Exception):
    """The call cannot be carried out as it stands: a flag, a name or a file it gives is unusable. Exit status 2."""


class WorkFailed(Exception):
    """The call was right, but the work could not be done. Exit status 1."""


REASONS = {
    errno.ENOSPC: 'the disk is full',
    errno.EDQUOT: 'the disk quota is used up',
    errno.EFBIG: 'the file would be larger than this system allows',
    errno.EROFS: 'the file system is read-only',
    errno.EACCES: 'permission denied',
    errno.EPERM: 'permission denied',
}


OUT_OF_MEMORY = 'ResourceExhaustedError', 'OutOfMemoryError'
NO_MEMORY = 'not enough memory; a smaller -batch_size, or smaller images, need less'
OF_THIS_MACHINE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}  # transient, whatever was requested


def run(main):
    """Call `main` and leave the process with its exit status (None counts as 0).

    Exceptions that a user can cause become one line on standard error; Ctrl-C leaves with 130, as shells expect.
    """
    open_streams()
    print_log()
    ignore_pillow()
    try:
        status = main()
        sys.stdout.flush()
    except WrongCall as error:
        status = say(error, 2)
    except WorkFailed as error:
        status = say(error, 1)
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 128 + signal.SIGPIPE
    except OSError as error:
        status = say(describe(error), 1)
    except MemoryError:
        status = say(NO_MEMORY, 1)
    except KeyboardInterrupt:
        status = say('stopped', 130)
    except ModuleNotFoundError as error:
        status = say(f'the package {error.name} is not installed; run: make, then source .venv/bin/activate', 1)
    except Exception as error:  # each backend has its own for this
        if type(error).__name__ not in OUT_OF_MEMORY and 'RESOURCE_EXHAUSTED' not in str(error):
            raise
        status = say(NO_MEMORY, 1)
    sys.exit(status or 0)


def open_streams():
    """Have standard output and error, in any locale; what a caller has closed goes nowhere."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:  # the next file to be opened would get its number, and what is printed
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), 'w', encoding='utf-8')
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), 'w', encoding='utf-8')
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook has streams of its own
            stream.reconfigure(errors='backslashreplace')  # titles on a terminal that has no letters for them


def ignore_pillow():
    """Do not print what Pillow warns of: an image can be used or not. For commands and their workers."""
    warnings.filterwarnings('ignore', module=r'PIL\b')


def describe(error):
    """One line for an OSError: the path, then what stood against it."""
    reason = REASONS.get(error.errno) or (error.strerror.lower() if error.strerror else str(error))
    return f'{error.filename}: {reason}' if error.filename else reason


def say(message, status):
    package = sys.modules['__main__'].__package__  # of python3 -m
    script = package or os.path.basename(sys.argv[0]) or 'python3'
    print(f'{script}: {plain(" ".join(str(message).split()))}', file=sys.stderr, flush=True)
    return status


def plain(text):
    """Text as it may be printed: an escape or a line break in a name would reach the terminal."""
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
