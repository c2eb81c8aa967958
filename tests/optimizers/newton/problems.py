"""Functions with known Hessians that the tests minimize."""

import numpy as np


def quadratic(seed=0, n=10):
    rng = np.random.default_rng(seed)
    h = rng.normal(size=(n, n))
    h = h @ h.T + np.eye(n)
    b = rng.normal(size=n)
    return (lambda x: (0.5 * x @ h @ x - b @ x, h @ x - b)), (lambda x: h), rng.normal(size=n)


class Logistic:
    """Mean logistic loss of noisy labels, columns of very different sizes; with its exact Hessian and Fisher."""

    def __init__(self, n=400, d=20, seed=0, separable=False):
        rng = np.random.default_rng(seed)
        self.z = rng.normal(size=(n, d)) * np.logspace(0, -1.5, d)
        score = self.z @ rng.normal(size=d) * 3
        flip = np.zeros(n) if separable else rng.normal(size=n)
        self.z *= np.where(score + flip > 0, 1.0, -1.0)[:, None]
        self.d = d

    def evaluate(self, x):
        margin = self.z @ x
        weight = 0.5 * (1 - np.tanh(margin / 2))
        return float(np.logaddexp(0, -margin).mean()), -(self.z * weight[:, None]).mean(0)

    def hessian(self, x):
        weight = 0.5 * (1 - np.tanh(self.z @ x / 2))
        return (self.z * (weight * (1 - weight))[:, None]).T @ self.z / len(self.z)

    def sample_gradients(self, x):
        return -self.z * (0.5 * (1 - np.tanh(self.z @ x / 2)))[:, None]


class LogSumExp:
    def __init__(self, n=200, d=40, mu=1.0, seed=0):
        rng = np.random.default_rng(seed)
        self.a, self.b, self.mu, self.d = rng.uniform(-1, 1, (n, d)), rng.uniform(-1, 1, n), mu, d

    def weights(self, x):
        t = (self.a @ x - self.b) / self.mu
        e = np.exp(t - t.max())
        return e / e.sum(), t.max() + np.log(e.sum())

    def evaluate(self, x):
        w, log = self.weights(x)
        return self.mu * log, self.a.T @ w

    def hessian(self, x):
        w, _ = self.weights(x)
        g = self.a.T @ w
        return (self.a.T @ (w[:, None] * self.a) - np.outer(g, g)) / self.mu


def rosenbrock(x):
    a, b = x
    value = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    return float(value), np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])


def rosenbrock_hessian(x):
    a, b = x
    return np.array([[2 - 400 * (b - 3 * a * a), -400 * a], [-400 * a, 200.0]])
