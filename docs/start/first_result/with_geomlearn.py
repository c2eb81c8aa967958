import geomlearn as gl

cat, fox = gl.read("cat.off"), gl.read("fox.off")
basis = gl.eigenbasis(cat, k=128)
found = gl.match(cat, fox)
carried = found.push(basis.evecs[:, 5])
gl.render(fox, carried, "carried.png")
