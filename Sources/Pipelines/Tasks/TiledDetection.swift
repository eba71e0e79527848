import Imaging
import ModelCatalog
import Vision

/// Objects in the whole picture and in nine overlapping tiles of it, for what is small: the profile `accurate`.
/// docs/decisions/0014 has the measurements behind the numbers.
struct TiledDetection: Sendable {
    /// Side of a tile over side of the picture, and tiles a side.
    private static let share: Float = 0.4
    private static let tilesPerSide = 3
    /// What lies so near to an inner edge of its tile was cut off there: another tile or the whole picture has all of it.
    private static let edge: Float = 5
    /// Of the tile's side: longer objects are better seen in the whole picture.
    private static let longest: Float = 0.6
    /// Intersection over union of two boxes of one object.
    private static let overlap: Float = 0.5

    let detector: Detector
    let deadline: ContinuousClock.Instant?

    /// As `Detector.detections(in:)`; the whole picture at the size of the profile `balanced`, tiles at that of `fast`.
    func detections(in picture: Picture, minimumScore: Float) async throws -> Timed<[Detection]> {
        let (detector, deadline) = (detector, deadline)
        var found = try await detector.detections(
            in: picture, profile: .balanced, minimumScore: minimumScore, deadline: deadline)
        let tiles = try await Self.tiles(of: picture).gathered(detector.model.slots) { tile in
            var inside = try await detector.detections(
                in: picture, region: tile, profile: .fast, minimumScore: minimumScore, deadline: deadline)
            inside.value.removeAll { !Self.isWhole($0.box, in: tile, of: picture) }
            return inside
        }
        found.times += tiles.times
        // The detector has suppressed as its own rule says; here each object comes from several looks.
        found.value = (found.value + tiles.value.joined()).suppressed(iou: Self.overlap)
        return found
    }

    private static func tiles(of picture: Picture) -> [Rectangle] {
        let (width, height) = (Float(picture.width), Float(picture.height))
        let step = (1 - share) / Float(tilesPerSide - 1)
        return (0..<tilesPerSide).flatMap { row in
            (0..<tilesPerSide).map { column in
                Rectangle(
                    x: width * step * Float(column), y: height * step * Float(row), width: width * share,
                    height: height * share)
            }
        }
    }

    private static func isWhole(_ box: Rectangle, in tile: Rectangle, of picture: Picture) -> Bool {
        let isCutOff =
            (tile.x > 1 && box.x < tile.x + edge) || (tile.y > 1 && box.y < tile.y + edge)
            || (tile.right < Float(picture.width) - 1 && box.right > tile.right - edge)
            || (tile.bottom < Float(picture.height) - 1 && box.bottom > tile.bottom - edge)
        return !isCutOff && box.width <= tile.width * longest && box.height <= tile.height * longest
    }
}
