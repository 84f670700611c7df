"""The door to campaign profiles: the operator's folder first, then the shipped ones."""

from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError

from models.errors import RequestInvalid
from models.profile import CampaignProfile
from models.settings import Settings

SHIPPED = "deployments.campaigns"
SUFFIXES = (".yaml", ".yml")


def load_profile(name: str, settings: Settings) -> CampaignProfile:
    """Return the profile called `name`, or the one in the YAML file of that path.

    Raises:
        RequestInvalid: there is no such profile, or it doesn't hold what a profile must.
    """
    text = _find(name, settings)
    try:
        profile = CampaignProfile.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise RequestInvalid(f"profile {name}", (str(error),)) from error
    is_path = Path(name).suffix in SUFFIXES
    if not is_path and profile.name != name:
        told = f"the file says `name: {profile.name}`; a profile bears the name of its file"
        raise RequestInvalid(f"profile {name}", (told,))
    return profile


def profile_for(campaign: str, settings: Settings) -> tuple[CampaignProfile, bool]:
    """Return the campaign's profile and True, or the default one and False.

    Raises:
        RequestInvalid: the default profile is missing or broken.
    """
    if campaign in profile_names(settings):
        return load_profile(campaign, settings), True
    return load_profile(settings.campaign, settings), False


def profile_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of all profiles at hand."""
    shipped = {p.name[:-5] for p in files(SHIPPED).iterdir() if p.name.endswith(".yaml")}
    own = {p.stem for p in (settings.home / "campaigns").glob("*.yaml")}
    return tuple(sorted(shipped | own))


def _find(name: str, settings: Settings) -> str:
    path = Path(name)
    if path.suffix in SUFFIXES and path.is_file():
        return path.read_text("utf-8")
    own = settings.home / "campaigns" / f"{name}.yaml"
    if "/" not in name and own.is_file():
        return own.read_text("utf-8")
    shipped = files(SHIPPED) / f"{name}.yaml"
    if "/" in name or not shipped.is_file():
        raise RequestInvalid(
            f"profile {name}",
            (f"no such profile; there are: {', '.join(profile_names(settings))}",),
        )
    return shipped.read_text("utf-8")
