"""The curves of a training: KID, precision, recall, density and coverage over the images seen."""

from core import files
from core.plotting import plt
from dcgan.metrics.kid import INDEPENDENT

SHARES = 'precision', 'recall', 'density', 'coverage'


def draw(rows, batch_size, path):
    """Draw the measurements among the `rows` of a log, {column: text}, into a PNG file at `path`."""
    rows = [row for row in rows if row.get('kid')]
    images = [int(row['step']) * batch_size / 1000 for row in rows]
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(7, 6), sharex=True, layout='constrained')
    upper.plot(images, [1000 * float(row['kid']) for row in rows], marker='.', color='black')
    upper.set_yscale('symlog', linthresh=1)  # an estimate of a small KID may be below 0
    upper.set(ylabel='KID x 1000, log scale', title=f'samples beside training images, {INDEPENDENT}')
    for name in SHARES:
        lower.plot(images, [float(row[name]) for row in rows], marker='.', label=name)
    lower.set(xlabel='thousands of images seen', ylim=(0, None))
    lower.legend(loc='upper left')
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, format='png', dpi=110)
    plt.close(figure)
