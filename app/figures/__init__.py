"""Pictures for papers and slides, drawn by PyVista without a screen, in a process of their own.

VTK and the window's OpenGL cannot share a process, so only the child that `child` starts imports PyVista.
"""
