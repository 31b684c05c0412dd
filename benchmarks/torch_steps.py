"""How fast PyTorch trains the layers of preset 1 at ratio 60, as its guide to performance advises.

python3 -m benchmarks.torch_steps STORE STEPS PRECISION: channels last, autocast where PRECISION is bfloat16, posters as
float32 in memory out of the pixel store in STORE. It prints posters per second over STEPS steps of 32.
"""

import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.measure import rate
from benchmarks.train_steps import BATCH, GENRES, VERSION, WARM_UP
from core.parallel import cores


def network(height, width):
    def block(channels_in, channels):
        convolutions = (nn.Conv2d(i, channels, 3, padding='same') for i in (channels_in, channels))
        layers = [layer for convolution in convolutions for layer in (convolution, nn.ReLU())]
        return [*layers, nn.MaxPool2d(2), nn.Dropout(0.25)]

    values = 64 * (height // 4) * (width // 4)
    dense = [nn.Flatten(), nn.Linear(values, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, len(GENRES))]
    return nn.Sequential(*block(3, 32), *block(32, 64), *dense)


def main():
    store, steps, precision = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(int(os.environ.get('OMP_NUM_THREADS') or cores()))
    posters = np.load(store / 'pixels.npy', mmap_mode='r')
    labels = torch.tensor(np.random.default_rng(1).integers(0, 2, (len(posters), len(GENRES)))).float()
    posters = torch.tensor(posters.astype(np.float32) / 255).permute(0, 3, 1, 2)
    model = network(*posters.shape[2:]).to(memory_format=torch.channels_last)
    optimizer = torch.optim.RMSprop(model.parameters(), VERSION.learning_rate, alpha=0.9, eps=1e-7)
    loss = nn.BCEWithLogitsLoss()

    def train(number):
        for start in range(0, number, BATCH):
            batch = posters[start : start + BATCH].contiguous(memory_format=torch.channels_last)
            with torch.autocast('cpu', torch.bfloat16, enabled=precision == 'bfloat16'):
                outputs = model(batch)
            optimizer.zero_grad()
            loss(outputs.float(), labels[start : start + BATCH]).backward()
            optimizer.step()

    train(WARM_UP * BATCH)
    print(rate(steps * BATCH, lambda: train(steps * BATCH)))


if __name__ == '__main__':
    main()
