"""What lives on one shape, on another: fields, labels, landmarks, texture coordinates, textures."""
