import pytest
from pydantic import BaseModel, ValidationError

from rlseg.agent.config import (
    ActorConfig,
    CriticConfig,
    FeatureConfig,
    TemperatureConfig,
    UNetConfig,
)
from rlseg.training.learners import LEARNERS
from rlseg.training.learners.guided import Guided
from rlseg.training.learners.pathwise import Pathwise
from rlseg.training.learners.policy_gradient import PolicyGradient

MODELS = [ActorConfig, CriticConfig, FeatureConfig, TemperatureConfig, UNetConfig, *LEARNERS.values()]


@pytest.mark.parametrize("model", MODELS)
def test_a_configuration_is_frozen_strict_and_survives_a_round_trip(model: type[BaseModel]):
    config = model()
    field = next(iter(model.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(config, field, getattr(config, field))
    with pytest.raises(ValidationError, match="widht"):
        model(widht=3)
    assert model.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("model", "values", "said"),
    [
        (FeatureConfig, {"handcrafted": False}, "no features"),
        (ActorConfig, {"std_min": 1.0, "std_max": 1.0}, "below std_max"),
        (ActorConfig, {"mu_bound": float("inf")}, "mu_bound"),
        (ActorConfig, {"depth": 0}, "depth"),
        (ActorConfig, {"mu_start": -3.0}, "mu_bound"),
        (UNetConfig, {"widths": ()}, "widths"),
        (UNetConfig, {"widths": (16, 0)}, "widths"),
        (PolicyGradient, {"samples": 1}, "samples"),
        (PolicyGradient, {"lr": float("nan")}, "lr"),
        (PolicyGradient, {"credit": "object"}, "credit"),
        (TemperatureConfig, {"alpha_init": 0.1}, "alpha_min <= alpha_init"),
        (Guided, {"entropy_min": 1.0}, "entropy_min"),
        (Pathwise, {"mse_weight": 0.0, "centred_weight": 0.0}, "would not learn"),
        (Guided, {"exploration_share": 0.5}, "exploration_share"),
        (Guided, {"samples": 1}, "samples"),
        (Pathwise, {"edge_credit_steps": 1}, "edge_credit_steps"),
    ],
)
def test_values_that_cannot_work_are_refused_by_name(model, values, said):
    with pytest.raises(ValidationError, match=said):
        model(**values)


def test_wide_exploration_and_single_samples_are_fine_without_the_likelihood_ratio():
    config = Pathwise(exploration_share=0.5, samples=1)
    assert config.exploration_share == 0.5
