"""What handlers of events share: a failure becomes one sentence on the page, whatever else goes on."""

import contextlib
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


@contextlib.contextmanager
def telling():
    """Failures become `gr.Error` with one sentence, without a path of this machine; unforeseen ones are printed too."""
    try:
        yield
    except gr.Error:
        raise
    except (BadImage, WrongCall, WorkFailed) as error:
        raise told(error) from None
    except MemoryError:
        raise told(NO_MEMORY) from None
    except OSError as error:
        raise told(describe(OSError(error.errno, error.strerror or 'a file cannot be read'))) from None
    except Exception as error:
        traceback.print_exception(error)
        raise told(UNFORESEEN) from None


def told(message):
    return gr.Error(sentence(message), SECONDS, title='Not possible', print_exception=False)
