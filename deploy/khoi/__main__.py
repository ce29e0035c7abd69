"""``python -m deploy.khoi``: the ``khoi`` command where no script is installed, as in the container."""

from deploy.khoi import main

main()
