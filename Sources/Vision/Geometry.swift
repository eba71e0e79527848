/// A point in pixels, origin at the top left, x to the right, y down.
public struct Point: Hashable, Sendable {
    public var x: Float
    public var y: Float

    public init(x: Float, y: Float) {
        self.x = x
        self.y = y
    }
}

/// An axis-aligned rectangle in pixels.
public struct Rectangle: Hashable, Sendable {
    public var x: Float
    public var y: Float
    public var width: Float
    public var height: Float

    public init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public init(left: Float, top: Float, right: Float, bottom: Float) {
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }

    public var right: Float { x + width }
    public var bottom: Float { y + height }
    public var area: Float { width * height }

    /// Intersection over union, 0–1; 0 when either is empty.
    public func intersectionOverUnion(_ other: Rectangle) -> Float {
        let overlap = intersectionArea(other)
        return overlap > 0 ? overlap / (area + other.area - overlap) : 0
    }

    public func intersectionArea(_ other: Rectangle) -> Float {
        let across = min(right, other.right) - max(x, other.x)
        let down = min(bottom, other.bottom) - max(y, other.y)
        return across > 0 && down > 0 ? across * down : 0
    }

    /// How much of the smaller of the two lies in the other, 0–1; 0 when either is empty.
    public func containment(_ other: Rectangle) -> Float {
        let overlap = intersectionArea(other)
        return overlap > 0 ? overlap / min(area, other.area) : 0
    }

    /// The part inside a picture of `width` × `height`, or `nil` when less than one pixel of a side is left or a
    /// value is not finite.
    public func clipped(width: Float, height: Float) -> Rectangle? {
        guard x.isFinite, y.isFinite, right.isFinite, bottom.isFinite else { return nil }
        let left = max(0, x)
        let top = max(0, y)
        let clipped = Rectangle(left: left, top: top, right: min(width, right), bottom: min(height, bottom))
        return clipped.width >= 1 && clipped.height >= 1 ? clipped : nil
    }
}

/// One object in pixels of whatever picture or input the context names.
public struct Detection: Sendable {
    public var box: Rectangle
    public var score: Float
    /// Index into the model's labels.
    public var classIndex: Int
    /// A face's points (``FaceLandmark``), four plate corners, a person's joints; empty for plain objects.
    public var points: [Point]
    /// How sure the model is of each of `points`, 0–1; empty when it does not say.
    public var pointScores: [Float]

    public init(
        box: Rectangle, score: Float, classIndex: Int = 0, points: [Point] = [], pointScores: [Float] = []
    ) {
        self.box = box
        self.score = score
        self.classIndex = classIndex
        self.points = points
        self.pointScores = pointScores
    }
}

/// How a region of a picture was mapped into a model's input: input = (picture − origin) × scale + offset,
/// per axis. With aspect kept both scales are equal.
public struct Letterbox: Hashable, Sendable {
    /// The mapped region's top left in the picture.
    public var origin: Point
    public var scaleX: Float
    public var scaleY: Float
    /// Where the region's top left lies in the input.
    public var offset: Point

    public init(origin: Point, scaleX: Float, scaleY: Float, offset: Point) {
        self.origin = origin
        self.scaleX = scaleX
        self.scaleY = scaleY
        self.offset = offset
    }

    public func picturePoint(_ input: Point) -> Point {
        Point(x: (input.x - offset.x) / scaleX + origin.x, y: (input.y - offset.y) / scaleY + origin.y)
    }

    public func pictureRectangle(_ input: Rectangle) -> Rectangle {
        let corner = picturePoint(Point(x: input.x, y: input.y))
        return Rectangle(x: corner.x, y: corner.y, width: input.width / scaleX, height: input.height / scaleY)
    }

    /// The detection in pixels of the picture.
    public func pictureDetection(_ input: Detection) -> Detection {
        Detection(
            box: pictureRectangle(input.box), score: input.score, classIndex: input.classIndex,
            points: input.points.map(picturePoint), pointScores: input.pointScores)
    }
}
