"""Twenty pictures to tell apart, alone or as a room; and a detector that meets a generator it does not know."""

from pages.shared import risk, risk_detector, risk_game

risk.page("game", first=risk_game.show, wide=risk_detector.show)
