"""What is looked at while a GAN trains: grids of fixed noise, frames of the video, signs of failure."""

from core import files
from core.errors import WorkFailed
from dcgan import footage, sampling
from dcgan.grids import grid
from dcgan.watchdog import Watchdog

ACQUAINTED = 256  # real images that the watchdog compares samples with


class Onlooker:
    """It makes the grids and the video of a Run that stands at `step` of `total`, as often as `pace` says."""

    def __init__(self, run, images, pace, generator, step, total):
        self.run, self.generator, self.total = run, generator, total
        self.shape = pace.grid_height, pace.grid_width
        self.every = pace.sample_rate or pace.sample_freq
        self.noise, self.asked = sampling.fixed_inputs(run.options, images, pace.grid_height * pace.grid_width)
        self.guard = Watchdog(images.pixels[images.training[:ACQUAINTED]])
        self.footage = None
        if pace.video_length:
            height, width = images.size
            boxes = footage.split(pace.grid_width * width, pace.grid_height * height, pace.render_res)
            every = footage.plan(total, pace.video_length)
            self.footage = footage.Footage(run.folder / 'video', every, boxes, pace.auto_render_period, step)

    def look(self, step, found=None, ended=False):
        """Make what is due after a step, whose row of the log is `found`; returns complaints."""
        complaints = [self.guard.losses(found)] if found else []
        keep = ended or step % self.every == 0
        film = self.footage and step and self.footage.wants(step)
        if keep or film:
            made = sampling.make(self.generator, self.noise, self.asked)
            picture = grid(made, *self.shape)
            complaints.append(self.guard.samples(made))
            if keep:
                with files.replacing(self.run.samples / f'step_{step:08d}.png') as temporary:
                    picture.save(temporary)
            if film:
                self.footage.add(picture, step)
        return [complaint for complaint in complaints if complaint]

    def render(self):
        """Make a part of the video, if there are frames enough, at a checkpoint; returns complaints.

        A part that fails does not stop the training: its frames wait for the next one.
        """
        try:
            if self.footage:
                self.footage.render()
        except WorkFailed as error:
            return [f'{error}; the frames are kept']
        return []

    def finish(self):
        """The paths of the whole videos. Raises WorkFailed where one cannot be made; what it is made of is kept."""
        return self.footage.render(ended=True) if self.footage else []
