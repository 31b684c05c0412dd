"""The toolkit's logger. Library code reports through it; the commands print what it reports, a notebook may not."""

import logging
import sys

log = logging.getLogger('movie_posters')
log.addHandler(logging.NullHandler())  # silent until `print_log` or a handler of the user's


class _ToStreams(logging.Handler):
    """Progress on standard output, warnings on standard error, as they are at that moment."""

    def emit(self, record):
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        print(self.format(record), file=stream, flush=True)


def print_log(level=logging.INFO):
    """Print what the library reports from now on, as the commands do."""
    if not any(isinstance(handler, _ToStreams) for handler in log.handlers):
        log.addHandler(_ToStreams())
        logging.getLogger().addHandler(logging.NullHandler())  # else a library that logs once prints ours again
    log.setLevel(level)
