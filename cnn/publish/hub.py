"""Hugging Face: a published folder becomes a model repository, and comes back from one."""

import contextlib
import re
import sys
from pathlib import Path

from core.errors import WorkFailed, WrongCall

REPOSITORY = re.compile(r'^[\w-][\w.-]*/[\w-][\w.-]*$', re.ASCII)
FILE_NAME = re.compile(r'^\w[\w.+ -]*$')
WANTED = ['README.md', '*.json', '*.keras', '*.onnx', '*.words']
OF_THE_HUB = {'.gitattributes'}  # in every repository


def push(folder: Path, repository: str) -> str:
    """Commit the files of a published folder to `repository`, user/name, at once; returns the address of the commit.

    The repository is made where there is none. Raises WorkFailed, saying what is missing: the package, a token, the
    network. Raises WrongCall where the repository holds other files.
    """
    library = _library()
    token = library.get_token()
    if not token:
        raise WorkFailed('no Hugging Face token is here; set HF_TOKEN or run: hf auth login')
    paths = sorted(folder.iterdir())
    with _one_line(f'hf:{repository}'):
        api = library.HfApi(token=token)
        api.create_repo(repository, exist_ok=True)
        others = set(api.list_repo_files(repository)) - {path.name for path in paths} - OF_THE_HUB
        if others:
            raise WrongCall(f'hf:{repository} holds other files, such as {min(others)}: take another repository')
        add = library.CommitOperationAdd
        operations = [add(path_in_repo=path.name, path_or_fileobj=path) for path in paths]
        return api.create_commit(repository, operations, commit_message=f'Publish {folder.name}').commit_url


def download(named: str) -> Path:
    """The folder with the files of a repository, user/name or user/name@revision, in the cache of huggingface_hub.

    What is cached and has not changed is not requested again; without a network the cache is used. Raises WrongCall
    for a name of another form, WorkFailed where the repository, the revision or the network is not there.
    """
    repository, at, revision = named.partition('@')
    if not REPOSITORY.match(repository) or bool(at) != bool(revision):
        raise WrongCall(f'hf:{named}: give hf:user/name or hf:user/name@revision')
    library = _library()
    with _one_line(f'hf:{named}'):
        folder = library.snapshot_download(repository, revision=revision or None, allow_patterns=WANTED)
    for path in Path(folder).iterdir():
        if not FILE_NAME.match(path.name):
            raise WorkFailed(f'hf:{named}: its file {path.name!r} has a name that no model of the toolkit has')
    return Path(folder)


def _library():
    """The package huggingface_hub, which prints nothing but a progress bar on a terminal."""
    try:
        import huggingface_hub  # slow, and only for what is on the hub
    except ModuleNotFoundError:
        raise WorkFailed(
            'the package huggingface_hub is not installed; run: pip install -r requirements-publish.txt'
        ) from None
    huggingface_hub.logging.set_verbosity_error()
    if not sys.stderr.isatty():
        huggingface_hub.utils.disable_progress_bars()
    return huggingface_hub


@contextlib.contextmanager
def _one_line(place):
    """Raise WorkFailed, which says what became of `place`, for the errors of huggingface_hub."""
    from huggingface_hub import constants, errors  # slow

    try:
        yield
    except errors.GatedRepoError:
        raise WorkFailed(f'{place}: its authors ask for consent, on its page, before it is downloaded') from None
    except errors.RevisionNotFoundError:
        raise WorkFailed(f'{place}: there is no such revision') from None
    except errors.RepositoryNotFoundError:
        raise WorkFailed(f'{place}: there is no such model repository, or it is private: set HF_TOKEN') from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        reason = 'the token is refused, or may not do this' if status in (401, 403) else f'HTTP {status}'
        raise WorkFailed(f'{place}: {reason}') from None
    except errors.LocalEntryNotFoundError:
        raise WorkFailed(f'{place}: {constants.ENDPOINT} cannot be reached, and the cache lacks it') from None
    except (errors.HTTPError, errors.OfflineModeIsEnabled):
        raise WorkFailed(f'{place}: {constants.ENDPOINT} cannot be reached') from None
    except (OSError, RuntimeError) as error:  # those of hf_xet, which moves the large files
        raise WorkFailed(f'{place}: {error}') from None
