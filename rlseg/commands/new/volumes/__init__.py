"""Projects about volumes: what stands out in stacks of planes, and the rules for it."""
