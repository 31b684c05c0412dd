"""Videos out of frames: H.264, which every player knows, by the ffmpeg that imageio-ffmpeg brings along.

ffmpeg reads the parts of a video by bare names, in their folder, and writes to an absolute path: quotes, percent signs,
colons and line breaks in the path mean nothing to it.
"""

import contextlib
import os
import subprocess
import tempfile

import imageio_ffmpeg
import numpy as np

from core import files
from core.errors import WorkFailed

CRF = 10  # of x264, 0 (lossless) to 51
TO_MP4 = '-movflags', '+faststart', '-f', 'mp4'


@contextlib.contextmanager
def writing(path, size, rate):
    """Give a function that takes the frames, (height, width, 3) uint8, of a video at `path`; `size` is (width, height).

    H.264 in yuv420p needs even sides: an odd one gets a black line. Raises WorkFailed where ffmpeg fails; what was at
    `path` is then still there.
    """
    width, height = size
    even = width + width % 2, height + height % 2
    source = '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', f'{even[0]}x{even[1]}', '-r', rate, '-i', '-'
    codec = '-an', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-crf', CRF
    with files.replacing(path) as temporary, running(path, [*source, *codec], temporary) as ffmpeg:

        def write(frame):
            padded = np.zeros((even[1], even[0], 3), np.uint8)
            padded[:height, :width] = frame
            ffmpeg.stdin.write(padded)

        yield write


def join(parts, path):
    """Put videos of one size and rate one after the other, without encoding them again.

    All are in the folder of `path`. Raises WorkFailed where ffmpeg fails.
    """
    with (
        files.replacing(path) as temporary,
        tempfile.NamedTemporaryFile('w', encoding='utf-8', dir=path.parent, prefix='.parts.', suffix='.txt') as table,
    ):
        table.writelines(f"file '{part.name}'\n" for part in parts)
        table.flush()
        listed = '-f', 'concat', '-safe', '0', '-i', os.path.basename(table.name)
        with running(path, [*listed, '-c', 'copy'], temporary):
            pass


@contextlib.contextmanager
def running(path, arguments, output):
    """ffmpeg at work on `path`, writing to `output`, as a process that reads from `stdin`; when the block ends, it has
    ended well.

    Raises WorkFailed with the last line of its complaints where it has not. An exception in the block kills it.
    """
    with tempfile.TemporaryFile() as complaints:
        ffmpeg, broken = start(path, [*arguments, *TO_MP4, os.path.abspath(output)], complaints), False
        try:
            yield ffmpeg
            ffmpeg.stdin.close()
        except BrokenPipeError:  # it ended before it had read everything
            broken = True
        except BaseException:
            ffmpeg.kill()
            raise
        finally:
            with contextlib.suppress(BrokenPipeError):
                ffmpeg.stdin.close()
            status = ffmpeg.wait()
        written = os.path.exists(output) and (not os.path.isfile(output) or os.path.getsize(output))  # it may be a pipe
        if status or broken or not written:
            raise WorkFailed(f'{path}: ffmpeg failed with status {status}: {last_line(complaints)}')


def start(path, arguments, complaints):
    try:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), '-y', '-loglevel', 'error', *map(str, arguments)]
        return subprocess.Popen(
            command,
            cwd=path.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C is for this process
        )
    except (OSError, RuntimeError) as error:
        raise WorkFailed(f'{path}: ffmpeg cannot be started: {error}') from None


def last_line(file):
    file.seek(0)
    lines = file.read().decode(errors='replace').strip().splitlines()
    return lines[-1].strip()[:200] if lines else 'it gave no reason'
