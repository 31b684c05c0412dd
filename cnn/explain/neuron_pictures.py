"""Pictures of neurons: how they respond to each genre, and the posters that excite them most."""

import numpy as np
from PIL import Image, ImageDraw

from cnn.evaluate.plots import GRAY, GREEN, INK
from cnn.explain.overlays import write
from core import files
from core.plotting import plt
from posters.decode import fit, read_rgb

THUMB = 100, 147  # pixels
GAP, EDGE, LABEL, HEAD, CAPTION = 12, 4, 200, 76, 20


def heat_map(neurons, path, title):
    """A PNG of mean activation a genre: of all neurons that ever change, and of those most tied to each genre."""
    profile, genres = neurons.profile(), neurons.genres
    tied = np.concatenate([neurons.most_tied(g) for g in range(len(genres))])
    alive = np.flatnonzero(~neurons.silent())
    favourite = profile[:, alive].argmax(axis=0)
    everyone = alive[np.lexsort((-profile[favourite, alive], favourite))]
    limit = np.abs(profile[:, tied]).max() or 1
    size = max(11, 2.2 + 0.155 * len(tied)), 1.9 + 0.5 * len(genres)
    figure, (upper, lower) = plt.subplots(2, 1, figsize=size, layout='constrained')
    figure.suptitle(title, fontsize=11, color=INK)
    for axes, chosen in ((upper, everyone), (lower, tied)):
        look = {'cmap': 'RdBu_r', 'vmin': -limit, 'vmax': limit, 'aspect': 'auto', 'interpolation': 'nearest'}
        image = axes.imshow(profile[:, chosen], **look)
        axes.set_yticks(range(len(genres)), genres, fontsize=8)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    upper.set_xticks([])
    upper.set_xlabel(f'{len(everyone):,} neurons, by the genre that excites each most', fontsize=8, color=GRAY)
    lower.set_xticks(range(len(tied)), tied, rotation=90, fontsize=6)
    each = len(tied) // len(genres)
    lower.set_xlabel(f'the {each} neurons most tied to each genre, by number', fontsize=8, color=GRAY)
    for g, genre in enumerate(genres):
        lower.axvline(g * each - 0.5, color='white', linewidth=2)
        lower.text((g + 0.5) * each - 0.5, -0.6, genre, ha='center', va='bottom', fontsize=8, color=INK)
    bar = figure.colorbar(image, ax=(upper, lower), aspect=30, pad=0.01)
    bar.set_label("mean among a genre's films, in standard deviations", fontsize=8, color=GRAY)
    bar.ax.tick_params(labelsize=7)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=130)
    plt.close(figure)


def contact_sheet(neurons, genre, path):
    """A PNG of the neurons most tied to the genre of that index: a row each, the posters that excite it most."""
    name, tied = neurons.genres[genre], neurons.most_tied(genre)
    row = THUMB[1] + 2 * EDGE + CAPTION + GAP
    width = LABEL + len(neurons.exciting(tied[0])) * (THUMB[0] + 2 * EDGE + GAP) + GAP
    sheet = Image.new('RGB', (width, HEAD + len(tied) * row), 'white')
    draw = ImageDraw.Draw(sheet)
    write(draw, (GAP, 14), f'{name}: the neurons most tied to it', 21, INK, bold=True)
    about = f'and the validation posters that excite each most, strongest first; in a green frame: {name}'
    write(draw, (GAP, 45), about, 14, GRAY, width=width - 2 * GAP)
    for i, neuron in enumerate(tied):
        top = HEAD + i * row
        films = neurons.exciting(neuron)
        hits = neurons.data.labels[films, genre].astype(bool)
        tie, share = f'r = {neurons.ties[neuron, genre]:.2f}', f'{hits.sum()} of {len(films)} {name}'
        write(draw, (GAP, top + 36), f'neuron {neuron}', 15, INK, bold=True)
        for k, (line, color) in enumerate(((tie, INK), (share, GREEN), (neurons.origins[neuron], GRAY))):
            write(draw, (GAP, top + 60 + 20 * k), line, 13, color, width=LABEL - 2 * GAP)
        for k, (film, hit) in enumerate(zip(films, hits, strict=True)):
            left = LABEL + k * (THUMB[0] + 2 * EDGE + GAP)
            if hit:
                draw.rectangle((left, top, left + THUMB[0] + 2 * EDGE - 1, top + THUMB[1] + 2 * EDGE - 1), GREEN)
            sheet.paste(picture(neurons.data, film), (left + EDGE, top + EDGE))
            caption = neurons.data.movies[film].title
            write(draw, (left + EDGE, top + THUMB[1] + 2 * EDGE + 3), caption, 10, INK, width=THUMB[0])
    with files.replacing(path) as temporary:
        sheet.save(temporary)


def picture(data, film):
    """The poster of that film of a PosterSet, from the best file there is, THUMB in size."""
    try:
        return fit(read_rgb(data.movies[film].poster_path()), THUMB)
    except (OSError, ValueError):
        return fit(Image.fromarray(np.asarray(data.posters[film])), THUMB)
