"""The names that flags take, apart from what they stand for: these can be read without importing Keras."""

ACTIVATIONS = (
    'relu', 'lrelu', 'relu6', 'elu', 'crelu', 'selu', 'tanh', 'sigmoid', 'softplus', 'softsign', 'softmax', 'swish',
)  # fmt: skip
LOSSES = 'bce', 'hinge', 'relativistic'
POLICIES = 'color', 'translation', 'cutout'
Z_DISTS = 'uniform_signed', 'uniform_unsigned', 'normal01'
