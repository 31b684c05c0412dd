"""Reading the words on posters: those of the sample, whose titles are known, and lines painted for the purpose."""

import csv
import io
import json
import re
import unicodedata

import cv2
import numpy as np
import pytest
from conftest import ROOT, run_script
from PIL import Image, ImageDraw

from core.fonts import font
from posters import reading, text
from sample import drawing

READ_RIGHT = 200  # sample posters, from all over the catalogue


@pytest.fixture(scope='module')
def reader():
    return text.Reader()


def painted(lines, size=(268, 400)):
    """A poster with dark lines of type, [(text, left, top, height)], on a light ground, (height, width, 3) uint8."""
    poster = Image.new('RGB', size, (228, 222, 205))
    draw = ImageDraw.Draw(poster)
    for words_, left, top, height in lines:
        draw.text((left, top), words_, (40, 30, 60), font('DejaVuSans-Bold', height))
    return np.asarray(poster)


def letters(words_):
    """Letters and digits alone, without case and accents."""
    plain = unicodedata.normalize('NFKD', words_.casefold().replace('ø', 'o'))
    return re.sub(r'[^a-z0-9]', '', plain)


@pytest.mark.slow
def test_nine_titles_in_ten_of_sample_posters_are_read(reader):
    with open(ROOT / 'MovieGenre.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    rows = rows[:: len(rows) // READ_RIGHT][:READ_RIGHT]
    posters = [np.asarray(drawing.draw(row['Poster'])) for row in rows]
    read = [letters(''.join(line.text for line in lines)) for lines in text.read_all(posters)]
    titles = [letters(re.sub(r' \(\d{4}\)$', '', row['Title'])) for row in rows]
    wrong = [title for title, found in zip(titles, read, strict=True) if title not in found]
    assert len(wrong) <= READ_RIGHT / 10, wrong


def test_lines_come_in_order_with_their_boxes(reader):
    poster = painted([('COMET GARDEN', 20, 300, 24), ('the second summer', 30, 60, 20)])
    first, second = reader.read([poster])[0]
    assert (letters(first.text), letters(second.text)) == ('thesecondsummer', 'cometgarden')
    assert first.confidence > 0.8 and second.confidence > 0.8
    left, top, right, bottom = (*np.min(second.box, axis=0), *np.max(second.box, axis=0))
    assert 0.02 < left < 0.09 and 0.72 < top < 0.78 and 0.8 < bottom < 0.88 and 0.75 < right < 0.95


@pytest.mark.parametrize('turns', [1, 3])
def test_a_line_that_runs_upwards_or_downwards_is_read(reader, turns):
    turned = np.ascontiguousarray(np.rot90(painted([('NORTHERN HARBOUR', 30, 80, 28)], (400, 268)), turns))
    assert [letters(line.text) for line in reader.read([turned])[0]] == ['northernharbour']


def test_posters_read_together_are_read_as_alone(reader):
    some = [painted([(f'FILM NUMBER {i}', 20 + 9 * i, 40 * i + 20, 14 + 2 * i)]) for i in range(1, 5)]
    some.insert(2, painted([]))
    together = [[letters(line.text) for line in lines] for lines in text.read_all(some)]
    assert together == [['filmnumber1'], ['filmnumber2'], [], ['filmnumber3'], ['filmnumber4']]
    assert together == [[letters(line.text) for line in reader.read([poster])[0]] for poster in some]


def test_what_is_beside_the_poster_is_read_too(tmp_path):
    """An image of another shape is read whole; boxes are shares of it."""
    Image.fromarray(painted([('LEFT', 10, 100, 20), ('RIGHT', 900, 100, 20)], (1000, 220))).save(tmp_path / 'wide.png')
    (row,) = json.loads(run_script('predict.py', '-words', '-json', tmp_path / 'wide.png').stdout)['posters']
    assert [line['text'] for line in row['words']] == ['LEFT', 'RIGHT']
    (left, right) = (np.array(line['box']) for line in row['words'])
    assert 0 <= left[0, 0] < 0.02 and 0.05 < left[1, 0] < 0.1 and 0.88 < right[0, 0] < 0.91
    assert 0.4 < left[0, 1] < 0.49 and 0.52 < left[2, 1] < 0.6


def test_a_line_is_read_the_same_beside_any_other(reader):
    """Lines of all widths: what is padded to the same width is recognized together."""
    poster = painted([('A / B', 20, 40, 20)])
    boxes = [np.array([[15, 38], [right, 38], [right, 66], [15, 66]], np.float32) for right in (80, 84, 120, 200, 260)]
    some = [text.crop(poster, box) for box in boxes]
    alone = [reader.recognize([line])[0] for line in some]
    assert reader.recognize(some) == reader.recognize(some[::-1])[::-1] == alone


def test_rows_from_top_to_bottom():
    """Lines above each other stay so however close they are; those beside each other go from left to right."""

    def box(left, top, right, bottom):
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)

    rows = [box(20, 10, 90, 30), box(10, 20, 90, 36), box(60, 50, 90, 60), box(10, 52, 55, 62), box(10, 64, 90, 74)]
    upright = box(95, 5, 105, 80)
    ordered = text.in_order([rows[4], rows[2], rows[0], upright, rows[3], rows[1]])
    places = [next(i for i, row in enumerate([*rows, upright]) if row is one) for one in ordered]
    assert [place for place in places if place < 5] == [0, 1, 3, 2, 4] and 5 in places


def test_a_poster_full_of_boxes_has_the_highest_lines(reader, monkeypatch):
    crowd = np.zeros((2000, 2000), np.float32)
    for y in range(5, 1990, 20):
        for x in range(5, 1990, 20):
            crowd[y : y + (14 if y < 100 else 8), x : x + 14] = 1
    monkeypatch.setattr(reader, 'detector', type('Crowd', (), {'run': lambda self, _: crowd[np.newaxis, np.newaxis]})())
    found = reader.find(np.zeros((2000, 2000, 3), np.uint8))
    assert len(found) == text.MOST and max(box[:, 1].max() for box in found) < 110


def test_a_grown_box_keeps_its_angle():
    turned = cv2.boxPoints(((200, 150), (120, 20), 30)).astype(int)
    probabilities = cv2.fillPoly(np.zeros((300, 400), np.uint8), [turned], 1).astype(np.float32)
    (box,) = text.boxes_of(probabilities)
    width, height = text.sides(box)
    grown = 1.6 * 122 * 22 / (122 + 22)  # with the pixel around it that is taken for text too
    assert width == pytest.approx(122 + grown, abs=1.5) and height == pytest.approx(22 + grown, abs=1.5)
    assert np.degrees(np.arctan2(*(box[1] - box[0])[::-1])) == pytest.approx(30, abs=2)


def test_posters_are_read_once(sample, monkeypatch):
    data, read, whole = sample.load_posters(2005, 2006, 100), [], reading.read_all
    monkeypatch.setattr(reading, 'read_all', lambda posters: whole([read.append(1) or poster for poster in posters]))
    first = reading.load(data)
    assert len(first) == len(read) == len(data.movies) and sum(map(len, first)) > len(first)
    assert reading.load(data) == first and len(read) == len(data.movies)
    (part,) = (data.movies[0].data / 'text').glob('*/*.json')
    stored = part.read_text(encoding='utf-8')
    wrong = json.dumps({key: [[5, 0.5, [[0, 0]]]] for key in json.loads(stored)})
    for i, damaged in enumerate((stored[:-100], wrong), 2):
        for stray in ('._00000.json', '00000 (copy).json'):
            (part.parent / stray).write_text('{}')
        for path in part.parent.glob('0000?.json'):
            path.write_text(damaged, encoding='utf-8')
        assert reading.load(data) == first and len(read) == i * len(data.movies)


def test_words_are_listed(sample_data):
    done = run_script('get_data.py', '-read', '-min_year=2005', '-max_year=2006', *sample_data.flags)
    assert done.returncode == 0, done.stderr
    with open(sample_data.data / 'words_2005_2006.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert f'read {len(rows)} posters: ' in done.stdout
    assert sum(letters(row['Title']) in letters(row['Words']) for row in rows) >= 0.7 * len(rows) > 3


def test_predictions_come_with_the_words(tmp_path):
    Image.fromarray(painted([('COMET GARDEN', 20, 300, 24)])).save(tmp_path / 'a.png')
    Image.fromarray(painted([])).save(tmp_path / 'b.png')
    said = run_script('predict.py', '-words', tmp_path)
    assert said.returncode == 0 and [line for line in said.stdout.splitlines() if line.startswith('  words: ')] == [
        '  words: COMET GARDEN',
        '  words: none',
    ]
    one, none = json.loads(run_script('predict.py', '-words', '-json', tmp_path).stdout)['posters']
    (line,) = one['words']
    assert line['text'] == 'COMET GARDEN' and 0.8 < line['confidence'] <= 1 and len(line['box']) == 4
    assert none['words'] == []
    rows = csv.DictReader(io.StringIO(run_script('predict.py', '-words', '-csv', tmp_path).stdout))
    assert [row['words'] for row in rows] == ['COMET GARDEN', '']


def test_without_rapidocr_one_line_says_so(tmp_path):
    Image.fromarray(painted([])).save(tmp_path / 'a.png')
    blocked = 'import sys, runpy; sys.modules["rapidocr"] = None; sys.argv[0] = "predict.py"; '
    done = run_script('-c', f'{blocked}runpy.run_path("predict.py", run_name="__main__")', '-words', tmp_path)
    assert done.returncode == 1 and done.stdout == ''
    assert 'rapidocr, which is not installed' in done.stderr.splitlines()[-1]
