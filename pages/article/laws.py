"""Laws and frameworks, with what is in force today."""

from pages.shared import laws

laws.show()
