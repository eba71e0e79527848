/// A line of text that a detector found.
public struct TextRegion: Hashable, Sendable {
    /// Pixels of whatever picture or input the context names; the top left is that of the text when it runs from left to
    /// right and is turned by less than 90°.
    public var corners: Quadrilateral
    /// Mean probability of text inside, 0–1.
    public var score: Float

    public init(corners: Quadrilateral, score: Float) {
        self.corners = corners
        self.score = score
    }

    /// The region in pixels of the picture of `width` × `height` that `letterbox` mapped into the input, each corner
    /// moved to the nearest pixel inside.
    public func mapped(through letterbox: Letterbox, width: Int, height: Int) -> TextRegion {
        func moved(_ corner: Point) -> Point {
            let point = letterbox.picturePoint(corner)
            return Point(
                x: min(max(point.x, 0), Float(max(width, 1) - 1)), y: min(max(point.y, 0), Float(max(height, 1) - 1)))
        }
        return TextRegion(
            corners: Quadrilateral(
                topLeft: moved(corners.topLeft), topRight: moved(corners.topRight),
                bottomRight: moved(corners.bottomRight), bottomLeft: moved(corners.bottomLeft)),
            score: score)
    }
}
