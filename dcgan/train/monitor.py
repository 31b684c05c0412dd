"""The training monitor: sample grids of fixed noise, frames of the training video, measurements, signs of failure."""

from core import files
from core.errors import WorkFailed
from dcgan import sampling
from dcgan.grids import grid
from dcgan.metrics.kid import LEAST
from dcgan.train import curves, training_video
from dcgan.train.quality import Quality
from dcgan.train.runs import read_rows
from dcgan.train.watchdog import PATIENCE, Watchdog

COMPARED = 256  # real images that the watchdog compares samples with


class TrainingMonitor:
    """It writes the sample grids, the curves and the video of a Run at `step` of `total`, as a MonitorConfig says.

    `kid` is the KID of the last measurement, None before the first one.
    """

    def __init__(self, run, images, monitoring, generator, hardware, step, total):
        self.run, self.generator, self.total, self.kid = run, generator, total, None
        self.shape = monitoring.grid_height, monitoring.grid_width
        self.every = monitoring.sample_rate
        self.noise, self.conditions = sampling.fixed_inputs(
            run.config, images, monitoring.grid_height * monitoring.grid_width
        )
        self.guard = Watchdog(images.pixels[images.training[:COMPARED]])
        rows = read_rows(run.log_path)
        for row in rows[-PATIENCE:]:
            self.guard.losses({name: float(row[name]) for name in ('accuracy_real', 'accuracy_fake')})
        for row in rows:
            if row.get('kid'):
                self.guard.measures({'coverage': float(row['coverage'])})
        if step:
            self.guard.samples(sampling.generate_images(generator, self.noise, self.conditions))
        self.quality = None
        if monitoring.metrics_minutes and step < total and len(images) >= LEAST:
            self.quality = Quality(run, images, hardware)
        self.video = None
        if monitoring.video_length:
            height, width = images.size
            boxes = training_video.split(
                monitoring.grid_width * width, monitoring.grid_height * height, monitoring.render_res
            )
            every = training_video.plan(total, monitoring.video_length)
            self.video = training_video.TrainingVideo(
                run.folder / 'video', every, boxes, monitoring.auto_render_period, step
            )

    def measure(self, step):
        """{measure: value} of the samples after a step; the generator is kept if it is the best so far."""
        if not self.quality:
            return {}
        measured = self.quality.measure(self.generator)
        self.kid, best = measured['kid'], self.run.best()
        if best is None or self.kid < best['kid']:
            self.run.save_best(self.generator.variables, step, self.kid)
        return measured

    def look(self, step, row=None, ended=False):
        """Make what is due after a step, with its row of the log; returns complaints of the Watchdog."""
        complaints = [self.guard.losses(row)] if row else []
        if row and 'kid' in row:
            complaints.append(self.guard.measures(row))
            curves.draw(read_rows(self.run.log_path), self.run.config.batch_size, self.run.folder / 'curves.png')
        keep = ended or step % self.every == 0
        film = self.video and step and self.video.wants(step)
        if keep or film:
            samples = sampling.generate_images(self.generator, self.noise, self.conditions)
            picture = grid(samples, *self.shape)
            complaints.append(self.guard.samples(samples))
            if keep:
                with files.replacing(self.run.samples / f'step_{step:08d}.png') as temporary:
                    picture.save(temporary)
            if film:
                self.video.add(picture, step)
        return [complaint for complaint in complaints if complaint]

    def render(self):
        """Make a part of the video, if there are frames enough, at a checkpoint; returns complaints.

        A part that fails does not stop the training: its frames wait for the next one.
        """
        try:
            if self.video:
                self.video.render()
        except WorkFailed as error:
            return [f'{error}; the frames are kept']
        return []

    def finish(self):
        """The paths of the whole videos. Raises WorkFailed where one cannot be made; what it is made of is kept."""
        return self.video.render(ended=True) if self.video else []
