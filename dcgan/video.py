"""Videos out of frames: H.264, which every player knows, by the ffmpeg that imageio-ffmpeg brings along."""

import contextlib
import subprocess
import tempfile

import imageio_ffmpeg
import numpy as np

from errors import WorkFailed
from posters import files

QUALITY = 8  # of imageio-ffmpeg's 0 to 10


@contextlib.contextmanager
def writing(path, size, rate):
    """Give a function that takes the frames, (height, width, 3) uint8, of a video at `path`; `size` is (width, height).

    H.264 in yuv420p needs even sides: an odd one gets a black line.
    """
    width, height = size
    even = width + width % 2, height + height % 2
    with files.replacing(path) as temporary:
        writer = imageio_ffmpeg.write_frames(
            str(temporary),
            even,
            fps=rate,
            codec='libx264',
            pix_fmt_out='yuv420p',
            macro_block_size=1,
            quality=QUALITY,
            output_params=['-f', 'mp4', '-movflags', '+faststart'],
        )
        writer.send(None)

        def write(frame):
            padded = np.zeros((even[1], even[0], 3), np.uint8)
            padded[:height, :width] = frame
            writer.send(padded)

        try:
            yield write
        finally:
            writer.close()


def join(parts, path):
    """Put videos of one size and rate one after the other, without encoding them again."""
    with files.replacing(path) as temporary, tempfile.NamedTemporaryFile('w', encoding='utf-8', suffix='.txt') as table:
        table.writelines(f"file '{part.resolve()}'\n" for part in parts)
        table.flush()
        command = [imageio_ffmpeg.get_ffmpeg_exe(), '-y', '-loglevel', 'error', '-f', 'concat', '-safe', '0']
        command += ['-i', table.name, '-c', 'copy', '-movflags', '+faststart', '-f', 'mp4', str(temporary)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise WorkFailed(f'{path}: cannot be put together: {done.stderr.strip()[:200]}')
