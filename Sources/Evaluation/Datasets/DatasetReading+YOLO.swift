import Foundation

/// Ultralytics' text layout: a file of labels for every picture, all numbers as shares of the picture's sides.
extension DatasetReading {
    /// What COCO's masks cover of their boxes on average; YOLO labels have no masks, and OKS needs an area.
    static let maskShareOfBox = 0.53

    /// - Parameter keypoints: how many (x, y, visibility) follow the box.
    mutating func readYOLO(keypoints: Int) throws(DatasetError) {
        categories = keypoints == 0 ? COCOClasses.names : ["person"]
        let images = folder.pictures(in: "images")
        guard !images.isEmpty else { throw DatasetError(file: "images", reason: "holds no pictures") }
        for path in images {
            guard let file = folder.file(path) else { continue }
            let stem = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            let labels = "labels/\(stem).txt"
            // A picture without a label file shows nothing, as everywhere in this layout.
            let lines = folder.has(labels) ? labelLines(labels) : []
            guard let lines else { continue }
            guard let size = size(file) else {
                errors.add(path, nil, "the picture cannot be read")
                continue
            }
            var objects: [LabelledObject] = []
            for line in lines {
                do {
                    objects.append(try yoloObject(line.text, size: size, keypoints: keypoints))
                } catch {
                    errors.add(labels, line.number, error.reason)
                }
            }
            guard objects.count <= limits.objectsPerPicture else {
                errors.add(labels, nil, "has more than \(limits.objectsPerPicture) objects")
                continue
            }
            try add(LabelledPicture(id: path, file: file, objects: objects))
        }
        noteLabelsWithoutPictures(images)
    }

    private mutating func noteLabelsWithoutPictures(_ images: [String]) {
        let stems = Set(images.map { (($0 as NSString).lastPathComponent as NSString).deletingPathExtension })
        for name in folder.names(in: "labels") where name.hasSuffix(".txt") {
            if !stems.contains((name as NSString).deletingPathExtension) {
                errors.add("labels/\(name)", nil, "there is no picture of that name in images/")
            }
        }
    }

    private func yoloObject(
        _ text: String, size: PictureSize, keypoints: Int
    ) throws(BadLine) -> LabelledObject {
        let columns = text.split(whereSeparator: \.isWhitespace)
        let expected = 5 + 3 * keypoints
        guard columns.count == expected else {
            throw BadLine("has \(columns.count) columns instead of \(expected)")
        }
        guard let index = Int(columns[0]), categories.indices.contains(index) else {
            throw BadLine("class \(shown(columns[0])) is not one of \(categories.count), 0 to \(categories.count - 1)")
        }
        var numbers: [Double] = []
        for column in columns.dropFirst() { numbers.append(try finite(column)) }
        guard numbers.prefix(4).allSatisfy({ (0...1).contains($0) }) else {
            throw BadLine("the box is not within 0 to 1")
        }
        let (width, height) = (Double(size.width), Double(size.height))
        let box = Box(
            x: (numbers[0] - numbers[2] / 2) * width, y: (numbers[1] - numbers[3] / 2) * height,
            width: numbers[2] * width, height: numbers[3] * height)
        if let objection = Self.objection(to: box, in: size) { throw BadLine(objection) }
        guard keypoints > 0 else { return LabelledObject(box: box, category: categories[index]) }
        return LabelledObject(
            box: box, category: categories[index], area: box.area * Self.maskShareOfBox,
            keypoints: try points(numbers[4...], scaledBy: (width, height)))
    }

    private func points(
        _ numbers: ArraySlice<Double>, scaledBy scale: (Double, Double)
    ) throws(BadLine) -> [LabelledKeypoint] {
        var points: [LabelledKeypoint] = []
        for start in stride(from: numbers.startIndex, to: numbers.endIndex, by: 3) {
            let (x, y) = (numbers[start], numbers[start + 1])
            guard let visibility = Visibility(number: numbers[start + 2]) else {
                throw BadLine("the visibility of a keypoint is \(numbers[start + 2]), not 0, 1 or 2")
            }
            guard visibility == .absent || ((0...1).contains(x) && (0...1).contains(y)) else {
                throw BadLine("a labelled keypoint is not within 0 to 1")
            }
            points.append(LabelledKeypoint(x: x * scale.0, y: y * scale.1, visibility: visibility))
        }
        return points
    }
}

typealias Visibility = LabelledKeypoint.Visibility

extension LabelledKeypoint.Visibility {
    init?(number: Double) {
        guard let whole = Int(exactly: number) else { return nil }
        self.init(rawValue: whole)
    }
}

/// Why a line is not taken.
struct BadLine: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A piece of a foreign file, short enough and clean enough for a message.
func shown(_ text: some StringProtocol) -> String {
    let clean = text.prefix(40).map { $0.isLetter || $0.isNumber || "-_.,:/ +".contains($0) ? $0 : "?" }
    return "'\(String(clean))\(text.count > 40 ? "…" : "")'"
}

func finite(_ text: some StringProtocol) throws(BadLine) -> Double {
    guard let number = Double(text), number.isFinite else { throw BadLine("\(shown(text)) is not a finite number") }
    return number
}
