import Vision

/// One thing to draw on a picture.
public struct Annotation: Hashable, Sendable {
    /// Pixels of the picture.
    public var box: Rectangle
    /// Any Unicode text; empty draws no label.
    public var label: String
    public var colour: Colour
    /// Drawn as dots: face landmarks, plate corners, key points.
    public var points: [Point]
    /// Drawn thin, below the points: the bones of a skeleton.
    public var lines: [Line]

    /// A straight line between two points, pixels of the picture.
    public struct Line: Hashable, Sendable {
        public var start: Point
        public var end: Point

        public init(_ start: Point, _ end: Point) {
            self.start = start
            self.end = end
        }
    }

    public init(
        box: Rectangle, label: String = "", colour: Colour, points: [Point] = [], lines: [Line] = []
    ) {
        self.box = box
        self.label = label
        self.colour = colour
        self.points = points
        self.lines = lines
    }
}

/// An sRGB colour.
public struct Colour: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    // Okabe and Ito's palette, which stays apart with colour-blind eyes.
    public static let person = Colour(red: 0, green: 158, blue: 115)
    public static let face = Colour(red: 86, green: 180, blue: 233)
    public static let vehicle = Colour(red: 230, green: 159, blue: 0)
    public static let plate = Colour(red: 240, green: 228, blue: 66)
    public static let alarm = Colour(red: 213, green: 94, blue: 0)

    /// Whether black text reads better on this than white (relative luminance, ITU-R BT.709).
    var isLight: Bool {
        0.2126 * Double(red) + 0.7152 * Double(green) + 0.0722 * Double(blue) > 128
    }
}
