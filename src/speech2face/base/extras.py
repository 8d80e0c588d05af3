"""Which extra of this package brings a module that is not part of its core.

The core is what one voice needs (`dependencies` in pyproject.toml); everything else is in extras.
"""

EXTRAS = {
    "cv2": "train",
    "dlib": "train",
    "espeakng_loader": "talkers",
    "facenet_pytorch": "train",
    "fastapi": "app",
    "gradio": "app",
    "huggingface_hub": "hub",
    "jinja2": "train",
    "matplotlib": "train",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "onnxscript": "onnx",
    "pandas": "train",
    "scipy": "train",
    "shtab": "dev",
    "sklearn": "train",
    "soundfile": "train",
    "starlette": "app",
    "tensorboard": "train",
    "torchvision": "train",
    "uvicorn": "app",
    "warp": "talkers",
    "yaml": "train",
    "yt_dlp": "download",
}
"""The extra of each module that this package imports beside its core."""


def explain_missing(error: ModuleNotFoundError) -> str:
    """One sentence for the user: what is not installed, and how it is installed.

    Raises:
        ModuleNotFoundError: `error` itself, where no extra brings the module: a fault of the installation or code.
    """
    module = (error.name or "").partition(".")[0]
    if module not in EXTRAS:
        raise error
    return f"This command needs {module}, which is not installed: pip install 'speech2face[{EXTRAS[module]}]'."
