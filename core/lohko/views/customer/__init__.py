"""One customer, all there is: found, and told from whatever tables a package has."""
