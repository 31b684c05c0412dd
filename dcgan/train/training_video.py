"""The training's video: samples of fixed noise as they change from step to step.

Frames are in the run's folder as JPEG files until they are rendered, a part at a time; a part holds nothing that comes
after the checkpoint, so that a training which is resumed cuts single frames and never a part. After a fallback to an
older checkpoint the video shows the steps that are trained a second time twice.
"""

import re
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from core import files
from core.log import log
from dcgan import video

RATE = 30  # frames a second, one a step
NUMBER = re.compile(r'\d+')


class TrainingVideo:
    """The frames of a run in `folder`, one every `every` steps.

    `boxes` are (left, top, right, bottom) of the parts of a frame that are videos of their own, `period` the seconds of
    video after which a part is rendered, None: at the end.
    """

    def __init__(self, folder, every, boxes, period, step):
        self.folder, self.every, self.boxes = Path(folder), every, boxes
        self.least = period * RATE if period else float('inf')
        self.frames.mkdir(parents=True, exist_ok=True)
        for path in self.waiting():
            if step_of(path) > step:
                path.unlink()
        numbers = map(step_of, self.folder.glob('part_*.mp4'))
        self.beyond = max((number for number in numbers if number > step), default=0)  # parts of before a fallback stay

    @property
    def frames(self):
        return self.folder / 'frames'

    def waiting(self):
        return sorted(self.frames.glob('*.jpg'))

    def wants(self, step):
        return step % self.every == 0

    def add(self, picture, step):
        with files.replacing(self.frames / f'{step:08d}.jpg') as temporary:
            picture.save(temporary, format='JPEG', quality=95, subsampling=0)

    def render(self, ended=False):
        """Make a part of the frames that wait, if they are enough; at the end join the parts. Call it at a checkpoint.

        Returns the paths of the videos at the end. Raises WorkFailed where ffmpeg fails; the frames then stay.
        """
        waiting = self.waiting()
        if waiting and (ended or len(waiting) >= self.least):
            number = max(step_of(waiting[-1]), self.beyond + 1)
            for i, box in enumerate(self.boxes):
                self.render_part(waiting, box, self.folder / f'part_{number:08d}_{i}.mp4')
            self.beyond = number
            for path in waiting:
                path.unlink()
        if not ended:
            return []
        made = []
        for i in range(len(self.boxes)):
            if parts := sorted(self.folder.glob(f'part_*_{i}.mp4')):
                made.append(self.folder / (f'training_{i}.mp4' if len(self.boxes) > 1 else 'training.mp4'))
                video.join(parts, made[-1])
        shutil.rmtree(self.frames, ignore_errors=True)
        return made

    def render_part(self, paths, box, target):
        size = box[2] - box[0], box[3] - box[1]
        with video.writing(target, size, RATE) as write_frame:
            for path in paths:
                try:
                    with Image.open(path) as frame:
                        picture = np.asarray(frame.crop(box))
                except OSError:
                    log.warning(f'{path} is damaged: the video lacks it')
                    continue
                write_frame(picture)


def step_of(path):
    return int(NUMBER.search(path.stem).group())


def plan(total, minutes):
    """Every how many of `total` steps a frame is taken, so that the video is at most so many minutes long."""
    return max(1, -(-total // round(minutes * 60 * RATE)))


def split(width, height, render_res):
    """The boxes, (left, top, right, bottom), of a frame: one, or as many of `render_res` as it takes."""
    across, down = render_res or (width, height)
    return [
        (left, top, min(width, left + across), min(height, top + down))
        for top in range(0, height, down)
        for left in range(0, width, across)
    ]
