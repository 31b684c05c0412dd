"""Hugging Face: a published folder is pushed and used again, by the real client and a local server over HTTP."""

import hashlib
import json

import pytest
from conftest import ROOT, environment, run_script
from hub_server import TOKEN, HubServer

from sample import drawing

pytest.importorskip('huggingface_hub')
MODELS = ROOT / 'test_suite' / 'fixtures' / 'saved_models'
YEAR = 'year_1900_2017_r5_e2_v1'
NOWHERE = 'http://127.0.0.1:9'


@pytest.fixture
def hub(tmp_path):
    with HubServer(tmp_path / 'cas') as server:
        yield server


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A published folder."""
    folder = tmp_path_factory.mktemp('published') / 'old-years'
    assert run_script('publish.py', YEAR, f'-models={MODELS}', f'-to={folder}').returncode == 0
    return folder


@pytest.fixture
def call(hub, tmp_path):
    """Run a script that takes the local server for the hub, with a cache of its own and a token that may write."""
    home = {'HF_HOME': str(tmp_path / 'huggingface'), 'HF_HUB_DISABLE_XET': '1', 'HOME': str(tmp_path)}
    cache = {name: value for name, value in environment().items() if not name.startswith('HF_')} | home

    def run(script, *flags, cwd=ROOT, **settings):
        env = cache | {'HF_ENDPOINT': hub.url, 'HF_TOKEN': TOKEN, **settings}
        return run_script(script, *flags, env=env, cwd=cwd, timeout=120)

    return run


@pytest.fixture
def poster(tmp_path):
    drawing.draw('sample:1999/Comedy/Hub').save(tmp_path / 'poster.png')
    return tmp_path / 'poster.png'


def test_a_model_goes_to_the_hub_and_comes_back(hub, call, poster, folder):
    """At once, in one commit; and what has not changed is neither uploaded nor downloaded again."""
    done = call('publish.py', folder, '-to=hf:ann/years')
    assert done.returncode == 0, done.stderr
    ((commit, files),) = hub.commits['ann/years']
    assert done.stdout == f'pushed: {hub.url}/ann/years/commit/{commit}\n'
    assert files == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sum(line.startswith('PUT /lfs/') for line in hub.requests) == 2  # ONNX and Keras
    assert call('publish.py', folder, '-to=hf:ann/years').returncode == 0
    assert len(hub.commits['ann/years']) == 1
    local = call('predict.py', '-json', poster, f'-model={folder}')
    for revision, ending in (('', '/revision/main'), (f'@{commit}', None)):
        first = call('predict.py', '-json', poster, f'-model=hf:ann/years{revision}')
        hub.requests.clear()
        again = call('predict.py', '-json', poster, f'-model=hf:ann/years{revision}')
        assert first.stdout == again.stdout == local.stdout and json.loads(local.stdout)['posters'], first.stderr
        asked = [line for line in hub.requests if '/api/models' in line or '/resolve/' in line]
        assert [line.endswith(ending) for line in asked] == [True] if ending else asked == []
    offline = call('predict.py', '-json', poster, '-model=hf:ann/years', HF_ENDPOINT=NOWHERE)
    assert offline.stdout == local.stdout


def test_a_revision_stays_what_it_was(hub, call, poster, folder):
    """A later commit is used by its name alone; the other scripts know these names, too."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    card = json.loads(files[f'{YEAR}.json'])
    first = hub.add('ann/years', files)
    card['bins']['low'] += 100
    hub.add('ann/years', {f'{YEAR}.json': json.dumps(card).encode()})
    years = [
        json.loads(call('predict.py', '-json', poster, f'-model={name}').stdout)['posters'][0]['year']['median']
        for name in (f'hf:ann/years@{first}', 'hf:ann/years')
    ]
    assert years[1] > years[0]
    done = call('explain.py', f'hf:ann/years@{first}')
    assert done.returncode == 2 and 'only models of genres can be explained' in done.stderr
    done = call('tests.py', '-model=hf:ann/years@v9')
    assert done.returncode == 1 and 'hf:ann/years@v9: there is no such revision' in done.stderr


def test_only_what_a_model_consists_of_is_downloaded(hub, call, poster, folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    hub.add('ann/years', files | {'evil.py': b'print(1)', 'model.pkl': b'x', f'{YEAR}.npz': b'x'})
    assert call('predict.py', poster, '-model=hf:ann/years').returncode == 0
    assert not [line for line in hub.requests if '/resolve/' in line and line.endswith(('.py', '.pkl', '.npz'))]


BAD_MODELS = {
    'no such repository': (
        'hf:ann/nothing',
        {},
        1,
        'no such model repository, or it is private: set HF_TOKEN',
    ),
    'no such branch': ('hf:ann/years@v9', {}, 1, 'hf:ann/years@v9: there is no such revision'),
    'no such commit': (f'hf:ann/years@{"a" * 40}', {}, 1, 'there is no such revision'),
    'no user': ('hf:years', {}, 2, 'hf:years: give hf:user/name or hf:user/name@revision'),
    'out of the cache': ('hf:../../years', {}, 2, 'give hf:user/name or hf:user/name@revision'),
    'no revision': ('hf:ann/years@', {}, 2, 'give hf:user/name or hf:user/name@revision'),
    'another model': ('hf:ann/other', {}, 2, 'hf:ann/other: this is no model of the toolkit'),
    'two models': ('hf:ann/two', {}, 2, 'hf:ann/two has several models'),
    'an odd name': ('hf:ann/odd', {}, 1, 'has a name that no model of the toolkit has'),
    'consent': ('hf:ann/gated', {}, 1, 'its authors ask for consent'),
    'no network': ('hf:ann/years', {'HF_ENDPOINT': NOWHERE}, 1, f'{NOWHERE} cannot be reached, and the cache lacks it'),
    'offline': ('hf:ann/years', {'HF_HUB_OFFLINE': '1'}, 1, 'cannot be reached, and the cache lacks it'),
}


@pytest.mark.parametrize('name', BAD_MODELS)
def test_a_model_that_cannot_be_used_is_one_line(hub, call, poster, name):
    hub.add('ann/years', {'README.md': b''})
    hub.add('ann/other', {'README.md': b'', 'pytorch_model.bin': b''})
    hub.add('ann/two', {'a.keras': b'a', 'b.keras': b'b'})
    hub.add('ann/odd', {'a\x1b[31m.keras': b'a'})
    hub.add('ann/gated', {'a.keras': b'a'})
    hub.gated.add('ann/gated')
    model, settings, status, message = BAD_MODELS[name]
    done = call('predict.py', poster, f'-model={model}', **settings)
    assert (done.returncode, done.stdout) == (status, '')
    assert message in done.stderr and done.stderr.count('\n') == 1


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [
        ({'HF_TOKEN': ''}, 'no Hugging Face token is here; set HF_TOKEN or run: hf auth login'),
        ({'HF_TOKEN': 'wrong'}, 'the token is refused, or may not do this'),
        ({'HF_ENDPOINT': NOWHERE}, f'{NOWHERE} cannot be reached'),
    ],
)
def test_what_is_missing_is_one_line_and_the_folder_is_written(call, hub, tmp_path, settings, reason):
    """And the command that the line names pushes it later, with what has been written by hand into its README.md."""
    done = call(ROOT / 'publish.py', YEAR, f'-models={MODELS}', '-to=hf:ann/years', cwd=tmp_path, **settings)
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert line.startswith('publish.py: published/years is not pushed: ') and reason in line
    readme = tmp_path / 'published' / 'years' / 'README.md'
    readme.write_text(readme.read_text() + 'By hand.\n')
    later = line.split('to push it later: python3 ')[1].split()
    assert call(ROOT / later[0], *later[1:], cwd=tmp_path).returncode == 0
    assert hub.commits['ann/years'][-1][1]['README.md'].endswith(b'By hand.\n')


def test_large_files_go_by_xet_where_it_is_installed(hub, call, folder):
    pytest.importorskip('hf_xet')
    done = call('publish.py', folder, '-to=hf:ann/years', HF_HUB_DISABLE_XET='0')
    assert done.returncode == 0, done.stderr
    ((_, files),) = hub.commits['ann/years']
    large = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in ('.keras', '.onnx')}
    assert {name: files[name].decode() for name in large} == {
        name: hashlib.sha256(content).hexdigest() for name, content in large.items()
    }
    stored = sum(path.stat().st_size for path in hub.cas.rglob('default.*'))
    assert stored > 0.8 * max(map(len, large.values())) and not any('PUT' in line for line in hub.requests)


def test_a_repository_with_other_files_is_left_alone(hub, call, folder):
    hub.add('ann/years', {'pytorch_model.bin': b'x', '.gitattributes': b''})
    done = call('publish.py', folder, '-to=hf:ann/years')
    assert done.returncode == 2 and 'hf:ann/years holds other files, such as pytorch_model.bin' in done.stderr
    assert len(hub.commits['ann/years']) == 1


def test_without_the_package_the_line_names_its_installation(call, poster, folder, tmp_path):
    absent = tmp_path / 'absent' / 'huggingface_hub.py'
    absent.parent.mkdir()
    absent.write_text("raise ModuleNotFoundError('No module named huggingface_hub', name='huggingface_hub')")
    for arguments in (('predict.py', poster, '-model=hf:ann/years'), ('publish.py', folder, '-to=hf:ann/years')):
        done = call(*arguments, PYTHONPATH=str(absent.parent))
        assert done.returncode == 1 and done.stderr.count('\n') == 1
        assert 'huggingface_hub is not installed; run: pip install -r requirements-publish.txt' in done.stderr
