"""Make the README's pictures: `make demo` and `make test-app`, then `python3 -m docs.make_pictures`."""

import csv
import io
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from benchmarks.browser import Visit, browsing, serving
from sample import drawing

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / 'docs' / 'pictures'
BANNER = (
    90000717, 90000346, 90000441, 90000168, 90001242, 90000529, 90000210, 90000293,
    90000841, 90001184, 90001352, 90000160, 90000882, 90000880, 90001009, 90000375,
)  # fmt: skip
COLUMNS, GAP = 8, 6
DROPPED = 90000134  # on the page
WIDE, HIGH, SHOWN = 1280, 1150, 1000  # pixels: a screenshot, and how wide it is in the docs
EXPLAINED = 'The Clockmaker Wore Linen', 'A Saddle for Esmé'  # test films


def banner():
    """Some sample posters side by side."""
    with open(ROOT / 'MovieGenre.csv', encoding='utf-8', newline='') as file:
        urls = {int(row['imdbId']): row['Poster'] for row in csv.DictReader(file)}
    drawn = [drawing.draw(urls[imdb_id]) for imdb_id in BANNER]
    width, height = drawn[0].size
    rows = -(-len(drawn) // COLUMNS)
    sheet = Image.new('RGB', (COLUMNS * (width + GAP) - GAP, rows * (height + GAP) - GAP), 'white')
    for i, poster in enumerate(drawn):
        sheet.paste(poster, (i % COLUMNS * (width + GAP), i // COLUMNS * (height + GAP)))
    return sheet


def why(model):
    """What explain.py draws of two films, one above the other."""
    folder = ROOT / 'demo' / 'explained'
    data = '-catalogue=MovieGenre.csv', '-data=demo'
    call = sys.executable, 'explain.py', model, f'-movie={";".join(EXPLAINED)}', f'-out={folder}', *data
    printed = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    pictures = [Image.open(line) for line in printed.splitlines() if line.endswith('.png')]
    sheet = Image.new('RGB', (max(p.width for p in pictures), sum(p.height for p in pictures)), 'white')
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (0, i * picture.height))
    return sheet


def page():
    """Screenshots of two tabs of the web page, {name: image}."""
    pictures = {}
    with browsing() as browser, serving('-catalogue=MovieGenre.csv', '-data=demo') as server:
        visit = Visit(browser, server.url, WIDE)
        visit.page.set_viewport_size({'width': WIDE, 'height': HIGH})
        visit.drop(ROOT / 'demo' / 'images' / '100' / f'{DROPPED}.jpg')
        visit.wait('#similar figure img', 120)
        pictures['page_predict'] = screenshot(visit)
        visit.tab('Catalogue')
        visit.wait('#grid .thumbnail-item img')
        visit.page.locator('#grid .thumbnail-item').nth(11).click()
        visit.wait('#sheet .film')
        pictures['page_catalogue'] = screenshot(visit)
    return pictures


def screenshot(visit):
    visit.page.wait_for_timeout(1500)  # until pictures have faded in
    image = Image.open(io.BytesIO(visit.page.screenshot())).convert('RGB')
    return image.resize((SHOWN, round(image.height * SHOWN / image.width)), Image.Resampling.LANCZOS)


def main():
    PICTURES.mkdir(exist_ok=True)
    banner().save(PICTURES / 'sample_posters.jpg', quality=88)
    Image.open(ROOT / 'demo' / 'sheet.png').convert('RGB').save(PICTURES / 'sample_sheet.jpg', quality=88)
    (curve,) = (ROOT / 'demo' / 'saved_models').glob('*_v1.png')
    shutil.copy(curve, PICTURES / 'sample_curve.png')
    (pretrained,) = curve.parent.glob('genres_*_v4.keras')
    why(pretrained).save(PICTURES / 'sample_why.jpg', quality=88)
    for name, image in page().items():
        image.save(PICTURES / f'{name}.jpg', quality=88)


if __name__ == '__main__':
    main()
