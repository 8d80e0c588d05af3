# The environment of requirements.lock with the code: docker build -t speech2face . && docker run --rm -it speech2face make figures
# For the page add `--network host`, because it is served on the container's loopback address only.
FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends make git && rm -rf /var/lib/apt/lists/*
WORKDIR /speech2face
COPY . .
# TORCH=cpu leaves out CUDA.
ARG TORCH=
RUN make environment TORCH=${TORCH}
ENV PATH=/speech2face/.venv/bin:$PATH
CMD ["make", "help"]
