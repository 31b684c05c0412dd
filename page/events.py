"""What handlers of events share: a failure becomes one sentence on the page, whatever else goes on."""

import functools
import inspect
import traceback

import gradio as gr

from core.errors import WorkFailed, WrongCall, describe
from page.look import sentence
from posters.decode import BadImage

SECONDS = 12  # for which a sentence is shown
UNFORESEEN = 'something went wrong; what the server prints says what'
NO_MEMORY = 'this machine has not enough memory for that'


def answering(handler):
    """`handler` with failures that a visitor can cause shown as a sentence; events that follow do not happen."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def answer(*args):
            with telling():
                yield from handler(*args)

    else:

        @functools.wraps(handler)
        def answer(*args):
            with telling():
                return handler(*args)

    return answer


class telling:
    """A context in which failures become `gr.Error` with one sentence, without a path of this machine."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, BadImage | WrongCall | WorkFailed):
            raise told(error) from None
        if isinstance(error, MemoryError):
            raise told(NO_MEMORY) from None
        if isinstance(error, OSError):
            raise told(describe(OSError(error.errno, error.strerror or 'a file cannot be read'))) from None
        if isinstance(error, Exception) and not isinstance(error, gr.Error | StopIteration):
            traceback.print_exception(error)
            raise told(UNFORESEEN) from None
        return False


def told(message):
    return gr.Error(sentence(message), SECONDS, title='Not possible', print_exception=False)
