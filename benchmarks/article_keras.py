"""The article's loop in Keras 3, with the fewest edits that make both networks train. Needs tensorflow-cpu.

The article is "Generative AI: opportunity and risk side by side", section 5.2. What had to change, and why:

1. ``build_gan`` is called: the listing uses ``gan_model`` and never makes it.
2. ``discriminator.trainable`` is set before each update, on for the discriminator's own two and off for the generator's.
   As listed it is switched off once, before the first update, and the discriminator never trains: its weights do not move.
   Without that line the generator's update trains the discriminator too, against itself.
3. The generator ends in (28, 28, 1), the shape that the discriminator declares: Keras 3 stops at the second update, where
   (28, 28) follows (28, 28, 1).

What changed for measuring alone, and spares Keras work: no pictures and no printing, ``predict`` without its progress bar
(``verbose=0``), steps on demand instead of epochs, and the 4,000 digits the project ships instead of a download; the time
of a step does not depend on how many there are.

Layers, widths, Adam(0.0002), batch 128, one update of the discriminator on real and one on generated images a step, fresh
noise for the generator, ``generator.predict`` inside the loop, float64 noise and NumPy's draws are the article's. The losses
that Keras 3 answers from ``train_on_batch`` are running means over the whole training, for the discriminator over real and
generated batches together: left as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from genai_core import registry

Z, BATCH = 100, 128


class ArticleLoop:
    """The article's training; ``loop(steps)`` carries out that many. ``history`` holds both losses of each step."""

    def __init__(self, threads: int = 1) -> None:
        import tensorflow as tf

        if tf.config.threading.get_intra_op_parallelism_threads() != threads:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        warnings.filterwarnings("ignore", module="keras")  # the listing's spelling of two arguments is an older one
        tf.keras.utils.set_random_seed(0)
        images = registry.datasets()["mnist5k"].load().train
        self.x_train = np.reshape(images, (-1, 28, 28, 1)).astype("float32") / 255.0
        self.generator, self.discriminator = self._generator(tf.keras), self._discriminator(tf.keras)
        self.gan = tf.keras.Sequential([self.generator, self.discriminator])
        self._compile(tf.keras, self.gan)
        self.history: list[tuple[float, float]] = []

    @staticmethod
    def _compile(keras: Any, model: Any) -> Any:
        model.compile(optimizer=keras.optimizers.Adam(0.0002), loss="binary_crossentropy")
        return model

    def _generator(self, keras: Any) -> Any:
        layers = keras.layers
        model = keras.Sequential()
        model.add(layers.Dense(128, input_dim=Z))
        model.add(layers.LeakyReLU(alpha=0.01))
        model.add(layers.Dense(128))
        model.add(layers.LeakyReLU(alpha=0.01))
        model.add(layers.Flatten())
        model.add(layers.Dense(784))
        model.add(layers.LeakyReLU(alpha=0.01))
        model.add(layers.Reshape((28, 28, 1)))  # edit 3
        return self._compile(keras, model)

    def _discriminator(self, keras: Any) -> Any:
        layers = keras.layers
        model = keras.Sequential()
        model.add(layers.Flatten(input_shape=(28, 28, 1)))
        model.add(layers.Dense(128))
        model.add(layers.LeakyReLU(alpha=0.01))
        model.add(layers.Dense(1, activation="sigmoid"))
        return self._compile(keras, model)

    def __call__(self, steps: int) -> None:
        for _ in range(steps):
            fake = self.generator.predict(np.random.normal(0, 1, (BATCH, Z)), verbose=0)
            real = self.x_train[np.random.randint(0, len(self.x_train), size=BATCH)]
            self.discriminator.trainable = True  # edit 2
            loss_real = self.discriminator.train_on_batch(real, np.ones(BATCH))
            loss_fake = self.discriminator.train_on_batch(fake, np.zeros(BATCH))
            self.discriminator.trainable = False  # edit 2
            loss_g = self.gan.train_on_batch(np.random.normal(0, 1, (BATCH, Z)), np.ones(BATCH))
            self.history.append((float(0.5 * np.add(loss_real, loss_fake)), float(loss_g)))


def article_loop(threads: int = 1) -> Callable[[int], None]:
    """A function that carries out that many steps of the article's training."""
    return ArticleLoop(threads)


def moved(model: Any, act: Callable[[], Any]) -> float:
    """By how much the weight of ``model`` that ``act`` changes most has changed."""
    before = [w.copy() for w in model.get_weights()]
    act()
    return max(float(np.abs(a - b).max()) for a, b in zip(before, model.get_weights(), strict=True))


def main() -> None:
    """Show that each update trains its own network, and only it."""
    loop = ArticleLoop()
    g, d = loop.generator, loop.discriminator
    noise, ones = np.random.normal(0, 1, (BATCH, Z)), np.ones(BATCH)
    for steps in (1, 49, 250):
        loop(steps)
        print(f"after {len(loop.history)} steps, losses D and G (Keras' running means): {loop.history[-1]}")
    d.trainable = True
    both = [moved(m, lambda: d.train_on_batch(loop.x_train[:BATCH], ones)) for m in (g, d)]
    print(f"the discriminator's update moves the generator by {both[0]:.6f}, the discriminator by {both[1]:.6f}")
    d.trainable = False
    both = [moved(m, lambda: loop.gan.train_on_batch(noise, ones)) for m in (g, d)]
    print(f"the generator's update moves the generator by {both[0]:.6f}, the discriminator by {both[1]:.6f}")
    fake = g.predict(noise, verbose=0)
    real, made = (float(d.predict(x, verbose=0).mean()) for x in (loop.x_train[:BATCH], fake))
    print(
        f"now D(real) {real:.2f}, D(fake) {made:.2f}; pixels of the generator from {fake.min():.2f} to {fake.max():.2f}"
    )


if __name__ == "__main__":
    main()
