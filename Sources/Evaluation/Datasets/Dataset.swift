import Foundation

/// How the labels of a data set are laid out.
public enum DatasetFormat: String, Sendable, Codable, CaseIterable {
    /// `images/` and `labels/*.txt`: class, centre and size, normalised; COCO's 80 classes.
    case yolo
    /// COCO's instances or keypoints as one JSON file.
    case coco
    /// A folder per person with pictures; `pairs.tsv` and `groups.tsv` beside them if wanted.
    case pairs
    /// `NAME.txt` beside the picture: file, x, y, width, height, plate; the subfolder is the region.
    case plates
    /// As `yolo`, with 17 × (x, y, visibility) behind the box.
    case pose
    /// `live/` and `attack/`; a folder below `attack/` names the kind of attack.
    case liveness
    /// A table: picture, x, y, width, height, `key=value;key=value`.
    case attributes
}

/// One body point of a label, in pixels of the picture.
public struct LabelledKeypoint: Hashable, Sendable, Codable {
    public enum Visibility: Int, Sendable, Codable {
        case absent = 0
        case hidden = 1
        case visible = 2
    }

    public var x: Double
    public var y: Double
    public var visibility: Visibility

    public init(x: Double, y: Double, visibility: Visibility) {
        self.x = x
        self.y = y
        self.visibility = visibility
    }
}

/// One object as somebody labelled it.
public struct LabelledObject: Hashable, Sendable, Codable {
    public var box: Box
    /// The class's name, `person`; `plate` for plates; of an attribute table its `class` or `type`, else empty.
    public var category: String
    /// Square pixels of the object: its mask where the set has masks, else its box.
    public var area: Double
    /// A region full of objects (COCO's `iscrowd`): neither hit nor miss.
    public var isCrowd: Bool
    /// Neither hit nor miss, though a single object.
    public var isIgnored: Bool
    /// 17 in COCO's order, or none.
    public var keypoints: [LabelledKeypoint]
    /// The plate number as labelled.
    public var text: String?
    /// `behavior`, `color`, `type` and whatever else an attribute table has.
    public var attributes: [String: String]

    public init(
        box: Box, category: String, area: Double? = nil, isCrowd: Bool = false, isIgnored: Bool = false,
        keypoints: [LabelledKeypoint] = [], text: String? = nil, attributes: [String: String] = [:]
    ) {
        self.box = box
        self.category = category
        self.area = area ?? box.area
        self.isCrowd = isCrowd
        self.isIgnored = isIgnored
        self.keypoints = keypoints
        self.text = text
        self.attributes = attributes
    }
}

/// One picture of a data set with what it shows: what one run of a pipeline answers.
public struct LabelledPicture: Hashable, Sendable {
    /// The path below the data set's folder: the case's name in journals and reports.
    public var id: String
    public var file: URL
    /// Which frame of the video `file`, from 0, as attribute tables name them (`videos/x.mp4#120`); `nil` for a picture.
    public var frame: Int?
    public var objects: [LabelledObject]
    /// The folder of a plate set: `eu`, `vn`.
    public var region: String?
    /// Whose face or body it is.
    public var person: String?
    /// The group that the person belongs to.
    public var group: String?
    /// A living face, or an attack.
    public var isLive: Bool?
    /// The kind of attack: `print`, `replay`.
    public var attack: String?

    public init(
        id: String, file: URL, frame: Int? = nil, objects: [LabelledObject] = [], region: String? = nil,
        person: String? = nil,
        group: String? = nil, isLive: Bool? = nil, attack: String? = nil
    ) {
        self.id = id
        self.file = file
        self.frame = frame
        self.objects = objects
        self.region = region
        self.person = person
        self.group = group
        self.isLive = isLive
        self.attack = attack
    }
}

/// Two pictures of a pair list, by their `LabelledPicture.id`.
public struct LabelledPair: Hashable, Sendable {
    public var first: String
    public var second: String
    public var isSame: Bool

    public init(first: String, second: String, isSame: Bool) {
        self.first = first
        self.second = second
        self.isSame = isSame
    }
}

/// Labelled pictures in a fixed order, and what was wrong with the labels.
public struct Dataset: Sendable {
    /// The folder's name, for reports: never the path.
    public var name: String
    public var format: DatasetFormat
    /// By `id`, each once.
    public var pictures: [LabelledPicture]
    /// The class names that labels may bear, in the order of their indices; empty where a set has none.
    public var categories: [String]
    /// In the order of the file; empty unless the set has a pair list.
    public var pairs: [LabelledPair]
    /// The files that say what is labelled, for checksums in a report.
    public var labelFiles: [URL]
    /// What could not be read, in the order found, at most `DatasetLimits.errors`.
    public var errors: [DatasetError]
    /// How many more there were.
    public var omittedErrors: Int

    /// The attribute keys that occur, sorted.
    public var attributeKeys: [String] {
        Set(pictures.flatMap { $0.objects.flatMap(\.attributes.keys) }).sorted()
    }
}
