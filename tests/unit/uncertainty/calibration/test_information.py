"""Bits are worth what the world says, and never more than labels can tell."""

import dataclasses

import numpy as np
import pytest

from speech2face.uncertainty.calibration.fit_face import fit_face, principal_components
from speech2face.uncertainty.calibration.folds import Folds, folds_of
from speech2face.uncertainty.calibration.information import best_sharpness, log2_ratios
from speech2face.uncertainty.calibration.judgement import FaceDistribution
from speech2face.uncertainty.calibration.voices import read_voices
from tests.unit.uncertainty.calibration.made_people import write_people

PEOPLE, DIMENSION = 600, 12


def told_by(means, faces, covariance):
    return np.diag(log2_ratios(means, faces, covariance, best_sharpness(means, faces, covariance)))


def whitened(faces):
    return (faces - faces.mean(axis=0)) / faces.std(axis=0)


def entropy(labels):
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -float((shares * np.log2(shares)).sum())


def test_gaussian_faces_tell_what_their_correlations_say():
    rng = np.random.default_rng(0)
    kept = np.array([0.6, 0.5, 0.3, 0.2])
    means = rng.normal(size=(3000, 4)) * np.sqrt(kept)
    faces = means + rng.normal(size=(3000, 4)) * np.sqrt(1 - kept)
    told = told_by(means, faces, np.diag(1 - kept))
    assert told.mean() == pytest.approx(-0.5 * np.log2(1 - kept).sum(), abs=0.12)


def test_voices_that_are_all_alike_tell_nothing_exactly():
    faces = np.random.default_rng(0).normal(size=(PEOPLE, DIMENSION))
    assert np.allclose(told_by(np.zeros_like(faces), faces, np.eye(DIMENSION)), 0)


def test_voices_of_other_people_tell_nothing():
    rng = np.random.default_rng(0)
    means, faces = (rng.normal(size=(PEOPLE, DIMENSION)) for _ in range(2))
    assert abs(told_by(0.5 * means, faces, 0.75 * np.eye(DIMENSION)).mean()) < 0.02


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_clustered_faces_tell_their_cluster_and_no_more(groups):
    """Against one Gaussian of all faces, two, three and six clusters so far apart claimed up to 7 bits."""
    rng = np.random.default_rng(groups)
    labels = rng.integers(groups, size=PEOPLE)
    faces = whitened(4 * rng.normal(size=(groups, DIMENSION))[labels] + rng.normal(size=(PEOPLE, DIMENSION)))
    means = np.stack([faces[labels == label].mean(axis=0) for label in labels])
    covariance = np.cov((faces - means).T) + 1e-3 * np.eye(DIMENSION)
    told = told_by(means, faces, covariance).mean()
    assert 0.9 * entropy(labels) < told <= entropy(labels) + 1e-9


@pytest.mark.parametrize("world", range(5))
@pytest.mark.parametrize("names", [["sex"], ["ethnicity"], ["language"], ["band"], ["sex", "ethnicity"]])
def test_labels_alone_never_tell_more_than_their_entropy(people_of_worlds, world, names):
    calibration, audit = people_of_worlds[world]

    def labels_of(people):
        return people.about[names].astype(str).agg(" ".join, axis=1).to_numpy(str)

    known = np.unique(labels_of(calibration))

    def hear_only_labels(people):
        labels = labels_of(people)
        voices = np.stack([labels == label for label in known], axis=1).astype(float)
        nothing = np.zeros_like(people.embedding)
        return dataclasses.replace(people, embedding=nothing, features=voices, disagreement=np.ones(len(labels)))

    heard, others = hear_only_labels(calibration), hear_only_labels(audit)
    whole = principal_components(heard.faces)
    parts = fit_face(heard, whole, Folds.of(heard.inputs, folds_of(len(heard.about), 5, 1)), 1)
    means = others.inputs @ parts["face.weights"] + parts["face.offset"]
    faces, covariance = (others.faces - whole["mean"]) @ whole["inverse"], parts["face.covariance"]
    told = np.diag(log2_ratios(means, faces, covariance, parts["sharpness"][0])).mean()
    offset, slope = parts["information"][0]
    claims = [FaceDistribution(mean=mean, covariance=covariance).divergence for mean in means]
    claimed = offset + slope * np.mean(claims)
    most = entropy(labels_of(others))
    assert told <= most + 1e-9
    assert claimed <= most + 0.02
    assert claimed == pytest.approx(told, abs=0.3)
    # The former measure, against one Gaussian of all faces, claimed more than there is.
    if names == ["sex", "ethnicity"]:
        assert np.mean(claims) > most


@pytest.fixture(scope="module")
def people_of_worlds(tmp_path_factory):
    """Calibration and audit people of five worlds whose faces cluster by sex and group far apart."""
    folder = tmp_path_factory.mktemp("worlds")
    worlds = []
    for world in range(5):
        rng = np.random.default_rng(100 + world)
        apart = {name: 3 * rng.normal(size=(2, DIMENSION)) for name in ("sex", "ethnicity")}
        found = []
        for kind in range(2):
            path = folder / f"{world}_{kind}.arrow"
            write_people(path, people=300, seed=10 * world + kind, seconds=(6.0,))
            people = read_voices(path, seconds=6.0)
            about = people.about.assign(band=people.about["age"].astype(float) // 10)
            moved = sum(apart[name][(about[name] == about[name].min()).astype(int)] for name in apart)
            found.append(dataclasses.replace(people, about=about, faces=people.faces + moved, windows=None))
        worlds.append(tuple(found))
    return worlds
