//! Pictures with letters in them, written in the strokes of a drawing pen: what a screenshot or a scan is to a program.

use std::io::Write as _;

/// Strokes of a letter on a field four wide and six high, each from a point to a point.
const STROKES: [(char, &str); 26] = [
    ('A', "06 20 20 46 14 34"),
    ('B', "00 06 00 30 30 41 41 42 42 33 03 33 33 44 44 45 45 36 06 36"),
    ('C', "41 30 30 10 10 01 01 05 05 16 16 36 36 45"),
    ('D', "00 06 00 20 20 42 42 44 44 26 06 26"),
    ('E', "00 06 00 40 03 33 06 46"),
    ('F', "00 06 00 40 03 33"),
    ('G', "41 30 30 10 10 01 01 05 05 16 16 36 36 45 45 43 43 23"),
    ('H', "00 06 40 46 03 43"),
    ('I', "20 26"),
    ('J', "30 35 35 26 26 16 16 05"),
    ('K', "00 06 03 40 13 46"),
    ('L', "00 06 06 46"),
    ('M', "06 00 00 24 24 40 40 46"),
    ('N', "06 00 00 46 46 40"),
    ('O', "10 30 30 41 41 45 45 36 36 16 16 05 05 01 01 10"),
    ('P', "00 06 00 30 30 41 41 42 42 33 33 03"),
    ('Q', "10 30 30 41 41 45 45 36 36 16 16 05 05 01 01 10 24 46"),
    ('R', "00 06 00 30 30 41 41 42 42 33 33 03 23 46"),
    ('S', "41 30 30 10 10 01 01 02 02 13 13 33 33 44 44 45 45 36 36 16 16 05"),
    ('T', "00 40 20 26"),
    ('U', "00 05 05 16 16 36 36 45 45 40"),
    ('V', "00 26 26 40"),
    ('W', "00 16 16 22 22 36 36 40"),
    ('X', "00 46 06 40"),
    ('Y', "00 23 23 40 23 26"),
    ('Z', "00 40 40 06 06 46"),
];
/// Pixels of a step of the field, of half the pen, and around the text.
const STEP: i32 = 7;
const PEN: i32 = 3;
const AROUND: i32 = 40;

/// Lines of capital letters, black on white.
pub fn with_letters(lines: &[&str]) -> Vec<u8> {
    let longest = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let place = |column: usize, row: usize| {
        (AROUND + i32::try_from(column).unwrap() * STEP * 6, AROUND + i32::try_from(row).unwrap() * STEP * 11)
    };
    let (width, height) = place(longest, lines.len());
    let (width, height) = (usize::try_from(width + AROUND).unwrap(), usize::try_from(height + AROUND).unwrap());
    let mut pixels = vec![255; width * height];
    for (row, line) in lines.iter().enumerate() {
        for (column, letter) in line.chars().enumerate() {
            let Some((_, strokes)) = STROKES.iter().find(|(known, _)| *known == letter) else { continue };
            let points: Vec<i32> = strokes.bytes().filter(|b| *b != b' ').map(|b| i32::from(b - b'0') * STEP).collect();
            for stroke in points.chunks_exact(4) {
                draw(&mut pixels, width, place(column, row), stroke);
            }
        }
    }
    png(width, height, &pixels)
}

/// A stroke of a round pen.
fn draw(pixels: &mut [u8], width: usize, (left, top): (i32, i32), stroke: &[i32]) {
    let steps = 6 * STEP;
    for step in 0..=steps {
        let at = |from: i32, to: i32| from + (to - from) * step / steps;
        let (x, y) = (left + at(stroke[0], stroke[2]), top + at(stroke[1], stroke[3]));
        for (dx, dy) in (-PEN..=PEN).flat_map(|dx| (-PEN..=PEN).map(move |dy| (dx, dy))) {
            if dx * dx + dy * dy <= PEN * PEN + 1 {
                pixels[usize::try_from(y + dy).unwrap() * width + usize::try_from(x + dx).unwrap()] = 0;
            }
        }
    }
}

/// A grey picture as a PNG.
pub fn png(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    head.extend(u32::try_from(width).unwrap().to_be_bytes());
    head.extend(u32::try_from(height).unwrap().to_be_bytes());
    head.extend([8, 0, 0, 0, 0]);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for row in pixels.chunks_exact(width) {
        zlib.write_all(&[0]).unwrap();
        zlib.write_all(row).unwrap();
    }
    let packed = zlib.finish().unwrap();
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    for (name, content) in [(b"IHDR", &head), (b"IDAT", &packed), (b"IEND", &Vec::new())] {
        let mut sum = flate2::Crc::new();
        sum.update(name);
        sum.update(content);
        file.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        file.extend(name);
        file.extend(content);
        file.extend(sum.sum().to_be_bytes());
    }
    file
}
