"""Words as evidence: terms, the linear model on them, its fusion with a network, and a preset that reads."""

import csv
import io
import json

import numpy as np
import pytest
from conftest import run_script

from cnn.train import word_probe
from cnn.words import WordModel, fuse, terms_of
from core.errors import WorkFailed
from posters.text import Line

BOX = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.2), (0.1, 0.2))


def lines(*texts):
    return [Line(text, 0.9, BOX) for text in texts]


def test_terms_are_words_their_pairs_and_letters_inside_them():
    terms = terms_of(lines('The Déjà', 'VU'))
    assert {'the', 'deja', 'vu', 'the deja', '~_th', '~deja', '~_vu_', '~_deja_'} <= set(terms)
    assert 'deja vu' not in terms and '~e d' not in terms and '~ej' not in terms
    assert '~_dejavu' not in terms_of(lines('dejavu')) and '~_dejav' in terms_of(lines('dejavu'))
    assert terms_of(lines('ha ha'))['ha'] == 2 and terms_of([]) == {}


def model_of(texts, labels, activation='sigmoid'):
    return word_probe.fit([terms_of(lines(text)) for text in texts], np.array(labels), activation)


@pytest.fixture(scope='module')
def learned():
    """Of three outputs: the first wherever 'ghost' is, the second wherever it is not, the third at random."""
    rng = np.random.default_rng(0)
    haunted = rng.random(200) < 0.3
    texts = [f'the {"ghost" if is_haunted else "garden"} number {rng.integers(9)}' for is_haunted in haunted]
    labels = np.stack([haunted, ~haunted, rng.random(200) < 0.5], axis=1).astype(np.uint8)
    return model_of(texts, labels), model_of(texts, labels[:, :2].astype(np.float32), 'softmax')


def test_a_word_speaks_for_what_it_came_with(learned):
    for model in learned:
        (ghost, garden, nothing, unknown) = model.logits_of(
            [lines('a GHOST'), lines('my garden'), [], lines('zzz qqq')]
        )
        assert ghost[0] > 1.5 and ghost[1] < -1 and garden[0] < -0.5 and garden[1] > 0.5
        assert (nothing == unknown).all() and (np.abs(nothing) < 1).all()


def test_posters_without_words_teach_none():
    with pytest.raises(WorkFailed, match='no word is in 3 of the 9 posters and titles'):
        model_of([''] * 9, np.eye(9, 2, dtype=np.uint8))


def test_contributions_add_up(learned):
    """A logit is the bias and what each term adds, whose values have length 1."""
    model = learned[0]
    some = lines('the ghost number 3')
    rows, values = model.values_of(terms_of(some))
    assert np.linalg.norm(values) == pytest.approx(1) and len(rows) > 10
    logits = model.logits_of([some])[0]
    assert logits == pytest.approx(model.biases + (values[:, None] * model.weights[rows]).sum(0))
    some = lines('the ghost', 'number 3: the ghost')
    ((first, shares), (second, others)) = model.contributions(some)
    assert first == ['the', 'ghost'] and second == ['number', '3', 'the', 'ghost']
    assert model.biases + shares.sum(0) + others.sum(0) == pytest.approx(model.logits_of([some])[0])
    assert shares[1, 0] == pytest.approx(others[3, 0], rel=0.3) and shares[1, 0] > 3 * abs(others[:2, 0]).max()


def test_rare_terms_weigh_more(learned):
    model = learned[0]
    terms = {'the': 1, 'ghost': 1, 'number': 3}
    rows, values = model.values_of(terms)
    expected = np.array([1, 1, 1 + np.log(3)]) * model.idf[rows] ** 2
    assert values == pytest.approx(expected / np.linalg.norm(expected)) and values[1] > 2 * values[0]


def test_the_sparse_solution_is_that_of_scikit_learn():
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    from cnn.train import logistic

    rng = np.random.default_rng(0)
    matrix = sparse.random(300, 40, 0.2, 'csr', random_state=0)
    labels = (rng.random((300, 2)) < 1 / (1 + np.exp(-4 * matrix[:, :2].toarray() + 1))).astype(float)
    weights, biases = logistic.solve_sparse(matrix, labels, 1 / 300, 'sigmoid')
    for output in range(2):
        theirs = LogisticRegression(C=1, tol=1e-8).fit(matrix, labels[:, output])
        assert weights[:, output] == pytest.approx(theirs.coef_[0], abs=0.01)
        assert biases[output] == pytest.approx(theirs.intercept_[0], abs=0.01)
    both = np.stack([labels[:, 0], 1 - labels[:, 0]], axis=1)
    softmax, _ = logistic.solve_sparse(matrix, both, 1 / 300, 'softmax')
    assert softmax.sum(axis=1) == pytest.approx(0, abs=0.01)


def test_it_is_the_same_on_disk(learned, tmp_path):
    learned[0].write(tmp_path / 'a.words')
    read = WordModel.read(tmp_path / 'a.words')
    some = [lines('the ghost'), lines('number 3', 'garden'), []]
    assert read.terms == learned[0].terms
    assert read.logits_of(some) == pytest.approx(learned[0].logits_of(some), abs=0.02)
    (tmp_path / 'a.words').write_bytes((tmp_path / 'a.words').read_bytes()[:-500])
    for name, message in (('a', 'no words can be loaded'), ('b', 'is missing')):
        with pytest.raises(WorkFailed, match=message):
            WordModel.read(tmp_path / f'{name}.words')


def test_logits_are_added():
    outputs, added = np.array([[0.2, 0.5, 0.3], [1, 0, 0]]), np.array([[0.0, 1, -2], [0, 0, 0]])
    fused = fuse(outputs, added, 'sigmoid')
    assert fused[0] == pytest.approx([0.2, 1 / (1 + np.exp(-1)), 0.3 / (0.3 + 0.7 * np.exp(2))], rel=1e-5)
    assert fused[1] == pytest.approx([1, 0, 0], abs=1e-6) and np.isfinite(fused).all()
    fused = fuse(outputs, added, 'softmax')
    assert fused[0] == pytest.approx(outputs[0] * np.exp(added[0]) / (outputs[0] * np.exp(added[0])).sum(), rel=1e-5)
    assert fused.sum(axis=1) == pytest.approx([1, 1])


@pytest.mark.slow
def test_presets_that_read(sample_data, tmp_path):
    """They are trained, evaluated, and predict what they were evaluated with; without their words they say so."""
    flags = *sample_data.flags, f'-models={tmp_path}'
    done = run_script('__main__.py', '-version=11', '-min_year=2005', '-target=genres,year', *flags, timeout=300)
    assert done.returncode == 0 and 'words, factor ' in done.stdout, done.stderr
    names = 'genres_2005_2017_g7_r100_e1_v11', 'year_2005_2017_r100_e1_v11'
    assert all((tmp_path / f'{name}.words').is_file() for name in names)
    done = run_script('tests.py', *flags, f'-json={tmp_path / "scores.json"}', timeout=120)
    genres = json.loads((tmp_path / 'scores.json').read_text())['models'][0]
    assert done.returncode == 0 and genres['metrics']['map'] > 1.5 * genres['baseline']['map'], done.stderr
    poster = min((sample_data.data / 'images' / '100').glob('*.jpg'))
    said = run_script('predict.py', f'-models={tmp_path}', poster)
    assert said.returncode == 0 and '\n  words: ' in said.stdout and 'year ' in said.stdout, said.stderr
    with_words = predicted(tmp_path, poster)
    done = run_script('predict.py', f'-models={tmp_path}', poster, '-title=Night of the Dead')
    assert done.returncode == 2 and 'takes a title; train one with' in done.stderr and done.stderr.count('\n') == 1
    done = run_script('__main__.py', '-version=12', '-min_year=2005', *flags, timeout=300)
    assert done.returncode == 0, done.stderr
    assert predicted(tmp_path, poster) == with_words
    horror, wedding = (predicted(tmp_path, poster, f'-title={title}') for title in ('Night of the Dead', 'My Wedding'))
    assert horror['Horror'] > wedding['Horror'] and horror != with_words
    done = run_script('tests.py', '-compare', *flags, timeout=120)
    assert done.returncode == 0 and done.stdout.count('test films, their titles told') == 1, done.stderr
    assert 'told the titles, genres_2005_2017_g7_r100_e1_v12 is ahead of genres_2005_2017_g7_r100_e1_v11' in done.stdout
    (tmp_path / f'{names[0]}.words').write_bytes(b'')
    done = run_script('predict.py', f'-models={tmp_path}', f'-model={names[0]}', poster)
    assert done.returncode == 1 and 'no words can be loaded' in done.stderr and done.stderr.count('\n') == 1
    card = tmp_path / f'{names[0]}.json'
    config = json.loads(card.read_text())
    config['config']['recipe']['words'] = False
    card.write_text(json.dumps(config))
    without = predicted(tmp_path, poster)
    assert max(abs(with_words[name] - without[name]) for name in with_words) > 0.003


def predicted(models, poster, *flags):
    """{genre: probability} of a poster."""
    done = run_script('predict.py', f'-models={models}', '-csv', poster, *flags)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    return {name: float(row[name]) for name in ('Comedy', 'Drama', 'Action', 'Horror')}
