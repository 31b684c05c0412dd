"""The web page in a real browser: what a visitor does on each tab, and what he sees."""

import io
import json
import zipfile

import pytest
from PIL import Image
from poster_server import png_of_size

import movies_dataset
from benchmarks.browser import Visit, browsing
from dcgan import api
from dcgan.sampling import Sampler

pytestmark = pytest.mark.page


@pytest.fixture(scope='module')
def browser():
    with browsing() as browser:
        yield browser


@pytest.fixture
def visit(browser, page):
    """A visitor; when the test ends, the browser has requested nothing of another server."""
    visit = Visit(browser, page.url)
    yield visit
    visit.close()
    assert [url for url in visit.requested if not url.startswith((page.url, 'data:', 'blob:'))] == []


@pytest.fixture
def poster(page_data):
    return sorted((page_data.data / 'images' / '100').glob('*.jpg'))[0]


def shares(visit, place='#predicted'):
    """{genre: per cent} of the bars."""
    names = visit.page.locator(f'{place} .genres .name').all_inner_texts()
    values = visit.page.locator(f'{place} .genres .share').all_inner_texts()
    return {name.rstrip(' ✓✗'): value for name, value in zip(names, values, strict=True)}


def test_dropped_poster_is_predicted_as_by_predict_py(visit, poster, run):
    done = run('predict.py', '-json', poster)
    assert done.returncode == 0, done.stderr
    expected = json.loads(done.stdout)['posters'][0]
    visit.drop(poster)
    visit.wait('#predicted .genres')
    assert shares(visit) == {one['genre']: f'{one["probability"]:.0%}' for one in expected['genres']}
    assert f'{expected["year"]["median"]:.0f} (' in visit.text('#predicted .numbers')
    visit.wait('#why figure img')
    passing = [one['genre'] for one in expected['genres'] if one['passes']]
    assert visit.page.locator('#why figcaption b').first.inner_text().rsplit(' ', 1)[0] in passing
    visit.wait('#similar figure img')
    likeness = visit.page.locator('#similar figcaption b').all_inner_texts()
    assert len(likeness) == 6 and likeness[0] == 'similarity 1.00' > likeness[1]  # the film itself


def test_several_posters_become_a_table(visit, page_data, tmp_path, run):
    posters = sorted((page_data.data / 'images' / '100').glob('*.jpg'))[:3]
    broken = tmp_path / 'broken.jpg'
    broken.write_bytes(posters[0].read_bytes()[:40])
    visit.page.get_by_text('Several posters at once').click()
    visit.page.locator('#several input[type=file]').set_input_files([*posters, broken])
    visit.wait('#table tbody tr')
    assert visit.page.locator('#table tbody tr').count() == 3
    assert visit.text('#table .problem').startswith('Broken.jpg: ')
    with visit.page.expect_download() as saving:
        visit.page.locator('#csv').click()
    done = run('predict.py', '-csv', '-words', *posters)
    names = {str(path): path.name for path in posters}
    expected = done.stdout
    for path, name in names.items():
        expected = expected.replace(path, name)
    with open(saving.value.path(), encoding='utf-8', newline='') as file:
        assert file.read().splitlines() == expected.splitlines()


NO_IMAGE = 'no JPEG, PNG, WEBP, GIF, AVIF or BMP image'
BROKEN = {
    'small.png': (png_of_size(1, 1), 'This cannot be used as a poster: 1 x 1 pixels, no poster.'),
    'bomb.png': (
        png_of_size(20_000, 10_000),
        'This cannot be used as a poster: 20000 x 10000 pixels, more than 25 million.',
    ),
    'paper.jpg': (b'%PDF-1.7\n' + bytes(100), f'This cannot be used as a poster: {NO_IMAGE}.'),
    'film.jpg': (b'\0\0\0\x20ftypisom' + bytes(100), f'This cannot be used as a poster: {NO_IMAGE}.'),
    'empty.jpg': (b'', 'This cannot be used as a poster: an empty file.'),
    'strip.png': (png_of_size(3_000_000, 8), 'This cannot be used as a poster: 3000000 x 8 pixels, no poster.'),
}


@pytest.mark.parametrize('name', BROKEN)
def test_broken_file_is_one_sentence(visit, poster, tmp_path, name):
    content, sentence = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    visit.drop(tmp_path / name)
    visit.wait('#predicted .problem')
    assert visit.text('#predicted .problem') == sentence
    assert str(tmp_path.anchor) + 'tmp' not in visit.text('body')
    visit.clear()
    visit.drop(poster)  # and the page goes on
    visit.wait('#predicted .genres')


def test_page_goes_on_after_a_private_address_and_an_unknown_film(visit, server, poster, tmp_path):
    visit.page.locator('#address').locator('textarea, input').fill(server.url('good/1.jpg'))
    visit.page.keyboard.press('Enter')
    visit.wait('#predicted .problem')
    assert visit.text('#predicted .problem') == 'An address of this machine or of a private network.'
    assert server.requests == []
    visit.page.locator('#film').locator('textarea, input').fill('No such film')
    visit.page.keyboard.press('Enter')
    visit.wait('#predicted .problem:has-text("no such film")')
    bomb = tmp_path / 'bomb.png'
    bomb.write_bytes(png_of_size(20_000, 10_000))
    visit.drop(bomb)  # the page decodes nothing that the toolkit refuses
    visit.wait('#predicted .problem:has-text("more than 25 million")')
    visit.clear()
    visit.drop(poster)
    visit.wait('#predicted .genres')


def test_posters_are_requested(visit, poster):
    visit.tab('New posters')
    visit.page.locator('#genres label').filter(has_text='Horror').click()
    visit.page.locator('#number input[type=number]').fill('4')
    visit.page.locator('#make').click()
    visit.wait('#gallery .thumbnail-item:nth-of-type(1) img', 120)
    with visit.page.expect_download() as saving:
        visit.page.locator('#zip').click()
    generator = api.open_generator()
    expected = next(Sampler(generator, 1, genres=('Horror',), guidance=2.0).batches(4))
    with zipfile.ZipFile(saving.value.path()) as archive:
        assert archive.namelist() == [f'{seed:06d}.png' for seed in (1, 2, 3, 4)]
        made = [Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()]
    assert all(image.tobytes() == one.tobytes() for image, one in zip(made, expected, strict=True))
    visit.page.locator('#gallery .thumbnail-item').nth(2).click()
    visit.wait('#selected .film')
    assert visit.text('#selected h2') == 'Seed 3' and sum(map(bool, shares(visit, '#selected'))) == 7
    assert visit.page.locator('#selected .films img').count() == 12  # neighbors, films with similar posters
    visit.page.locator('#walk').click()
    source = visit.wait('video[src*=".mp4"]').get_attribute('src')
    video = visit.page.request.get(source)
    assert video.ok and video.body()[4:8] == b'ftyp'


def test_threshold_is_moved(visit):
    visit.tab('Models')
    visit.page.locator('#evaluate').click()
    visit.wait('#effect tbody tr', 240)
    ends = {}
    for threshold in ('0', '1'):
        visit.page.locator('#threshold input[type=number]').fill(threshold)
        visit.page.locator('#threshold input[type=number]').press('Tab')
        visit.wait(f'#effect tbody tr:first-child td:nth-child(2):has-text("{int(threshold)}.000")')
        ends[threshold] = visit.page.locator('#effect tbody tr').first.locator('td').all_inner_texts()
    films = visit.text('#effect .soft').split()[0]
    assert ends['0'][2] == films and ends['0'][5] == '100.0%'  # all are predicted
    assert ends['1'][2] == '0' and ends['1'][5] == '0.0%'
    assert visit.page.locator('#details img.plot').count() >= 2
    assert visit.page.locator('#details summary').count() >= 3


def test_film_is_found_and_predicted(visit, page_data):
    visit.tab('Catalogue')
    visit.wait('#grid .thumbnail-item img')
    title = page_data.titles[5]
    visit.page.locator('#search').locator('textarea, input').fill(title.upper())
    visit.page.keyboard.press('Enter')
    visit.wait('#found :text("1 films"), #found :text("1 film")')
    visit.page.locator('#grid .thumbnail-item').first.click()
    visit.wait('#sheet .film')
    assert visit.text('#sheet h2').startswith(title) and visit.page.locator('#sheet .bars.genres').count() == 2
    visit.page.locator('#send').click()
    visit.wait('#predicted h2')
    assert visit.text('#predicted h2').startswith(title)


def test_missing_posters_are_named(visit, page_data):
    report = page_data.data / 'download_report.csv'
    before = report.read_text(encoding='utf-8')
    film = movies_dataset.open_catalogue(page_data.catalogue, page_data.data).movies[7]
    try:
        report.write_text(f'{before}{film.id},http://dead.example/7.jpg,failed,3,0,HTTP 404\n', encoding='utf-8')
        visit.tab('Catalogue')
        visit.page.get_by_text('Posters that could not be downloaded').click()
        visit.wait('#missing tbody tr')
        assert str(film) in visit.text('#missing') and 'HTTP 404' in visit.text('#missing')
    finally:
        report.write_text(before, encoding='utf-8')


@pytest.mark.parametrize('width', [390, 1440])
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_nothing_is_cut_off(browser, page, poster, width, scheme):
    visit = Visit(browser, page.url, width, scheme)
    visit.drop(poster)
    visit.wait('#similar figure img')
    for name in ('Predict', 'New posters', 'Models', 'Catalogue'):
        visit.tab(name)
        visit.page.wait_for_timeout(500)
        assert visit.page.evaluate('document.documentElement.scrollWidth') <= width, name
    visit.close()
