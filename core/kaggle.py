"""kagglehub, the client of Kaggle: whether it can be used, and its errors in one line each."""

import contextlib
import os
import sys

from core.errors import WorkFailed


def library():
    """The package kagglehub, silent but for its progress bars. Raises WorkFailed where it is not installed."""
    os.environ.setdefault('KAGGLEHUB_VERBOSITY', 'error')  # before the import, which reads it
    try:
        import kagglehub  # slow, and only for what is on Kaggle
    except ModuleNotFoundError:
        raise WorkFailed(
            'the package kagglehub is not installed; run: pip install -r requirements-publish.txt'
        ) from None
    return kagglehub


def has_token():
    """Whether kagglehub has a token or a user name with a key."""
    from kagglehub.config import get_kaggle_credentials  # slow

    try:
        return get_kaggle_credentials() is not None
    except ValueError as error:
        raise WorkFailed(str(error)) from None


@contextlib.contextmanager
def one_line(place):
    """Raise WorkFailed, which says what became of `place`, for the errors of kagglehub.

    What kagglehub prints goes to standard error, and nowhere where that is no terminal.
    """
    import requests  # slow
    from kagglehub.exceptions import BackendError, DataCorruptionError  # slow

    with contextlib.ExitStack() as stack:
        stream = sys.stderr
        if not sys.stderr.isatty():
            stream = stack.enter_context(open(os.devnull, 'w', encoding='utf-8'))
            stack.enter_context(contextlib.redirect_stderr(stream))
        stack.enter_context(contextlib.redirect_stdout(stream))
        try:
            yield
        except requests.HTTPError as error:
            raise WorkFailed(f'{place}: {_reason(error)}') from None
        except requests.RequestException:
            raise WorkFailed(f'{place}: Kaggle cannot be reached') from None
        except (BackendError, DataCorruptionError) as error:
            raise WorkFailed(f'{place}: {error}') from None


def _reason(error):
    status = error.response.status_code if error.response is not None else None
    if status in (401, 403):
        return 'Kaggle asks for a token, or refuses it; set KAGGLE_API_TOKEN (https://www.kaggle.com/settings/api)'
    return 'Kaggle has no such dataset or model' if status == 404 else f'Kaggle answers HTTP {status}'
