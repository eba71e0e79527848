import Foundation

/// Width and height of a picture as displayed (EXIF orientation applied), in pixels.
public struct PictureSize: Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// Reads labelled pictures. What is wrong with single lines is collected in the data set; only what leaves nothing to
/// read is thrown. Pictures themselves are not opened, except that `size` is asked for them.
public struct DatasetReader: Sendable {
    public var limits: DatasetLimits
    /// The size of a picture, or `nil` when it cannot be read. Asked once a picture where labels are normalised or have
    /// to be held against the picture's edges.
    let size: @Sendable (URL) -> PictureSize?

    public init(limits: DatasetLimits = DatasetLimits(), size: @escaping @Sendable (URL) -> PictureSize?) {
        self.limits = limits
        self.size = size
    }

    /// Reads a folder, or a single COCO JSON file or attribute table.
    /// - Parameters:
    ///   - place: the folder or file.
    ///   - format: `nil` to find it out.
    ///   - pictures: where pictures named in a file lie, unless beside it.
    ///   - keypoints: which of several COCO files of a folder to read: the one with keypoints or the one without.
    public func read(
        _ place: URL, format: DatasetFormat? = nil, pictures: URL? = nil, keypoints: Bool = false
    ) throws(DatasetError) -> Dataset {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
            throw DatasetError(file: place.lastPathComponent, reason: "there is no such file or folder")
        }
        let (folder, document) = home(of: place, isFolder: isFolder.boolValue)
        let found = if let format { format } else { try detect(folder, document: document) }
        var reading = DatasetReading(folder: folder, limits: limits, size: size)
        if let pictures { reading.pictureFolder = DatasetFolder(pictures, limits: limits) }
        switch found {
        case .yolo: try reading.readYOLO(keypoints: 0)
        case .pose: try reading.readYOLO(keypoints: COCOClasses.keypoints.count)
        case .coco: try reading.readCOCO(document: document ?? Self.cocoDocument(folder, keypoints: keypoints))
        case .pairs: try reading.readPeople()
        case .plates: try reading.readPlates()
        case .liveness: try reading.readLiveness()
        case .attributes: try reading.readAttributes(tables: document.map { [$0] } ?? Self.tables(folder))
        }
        let name = (isFolder.boolValue ? folder.root : place).lastPathComponent
        return reading.dataset(name: name, format: found)
    }

    private func detect(_ folder: DatasetFolder, document: String?) throws(DatasetError) -> DatasetFormat {
        if let document {
            switch (document as NSString).pathExtension.lowercased() {
            case "json": return .coco
            case "tsv": return .attributes
            default: throw DatasetError(file: document, reason: "is neither a COCO .json nor an attribute .tsv")
            }
        }
        if folder.has("pairs.tsv") || folder.has("groups.tsv") { return .pairs }
        if folder.isFolder("live") || folder.isFolder("attack") { return .liveness }
        if folder.isFolder("labels") { return try detectYOLO(folder) }
        if Self.cocoDocument(folder) != nil { return .coco }
        if !Self.tables(folder).isEmpty { return .attributes }
        let folders = [""] + folder.folders()
        if folders.contains(where: { path in folder.names(in: path).contains { $0.hasSuffix(".txt") } }) {
            return .plates
        }
        if folder.folders().contains(where: { !folder.pictures(in: $0).isEmpty }) { return .pairs }
        throw DatasetError(
            file: folder.root.lastPathComponent,
            reason:
                "holds none of the known layouts (\(DatasetFormat.allCases.map(\.rawValue).joined(separator: ", ")))")
    }

    /// The first line there is tells: five columns are boxes, more are poses.
    private func detectYOLO(_ folder: DatasetFolder) throws(DatasetError) -> DatasetFormat {
        for name in folder.names(in: "labels") where name.hasSuffix(".txt") {
            guard let line = try folder.lines(of: "labels/\(name)").first else { continue }
            return line.text.split(whereSeparator: \.isWhitespace).count > 5 ? .pose : .yolo
        }
        return .yolo
    }

    /// The folder to read in, and the file that was named, if one was. COCO keeps its files in `annotations/` beside the
    /// folders of pictures.
    private func home(of place: URL, isFolder: Bool) -> (DatasetFolder, document: String?) {
        guard !isFolder else { return (DatasetFolder(place, limits: limits), nil) }
        let parent = place.standardizedFileURL.deletingLastPathComponent()
        guard parent.lastPathComponent == "annotations" else {
            return (DatasetFolder(parent, limits: limits), place.lastPathComponent)
        }
        let folder = DatasetFolder(parent.deletingLastPathComponent(), limits: limits)
        return (folder, "annotations/\(place.lastPathComponent)")
    }

    private static func cocoDocument(_ folder: DatasetFolder, keypoints: Bool = false) -> String? {
        for path in ["", "annotations"] {
            let documents = folder.names(in: path).filter { $0.lowercased().hasSuffix(".json") }
            let wanted = documents.first { $0.contains("keypoints") == keypoints && !$0.contains("captions") }
            if let name = wanted ?? documents.first { return folder.joined(path, name) }
        }
        return nil
    }

    private static func tables(_ folder: DatasetFolder) -> [String] {
        folder.names().filter { $0.hasSuffix(".tsv") && $0 != "pairs.tsv" && $0 != "groups.tsv" }
    }
}

/// A data set while it is being read.
struct DatasetReading {
    let folder: DatasetFolder
    let limits: DatasetLimits
    private let probe: @Sendable (URL) -> PictureSize?
    private var sizes: [URL: PictureSize?] = [:]
    var pictureFolder: DatasetFolder
    var pictures: [String: LabelledPicture] = [:]
    var categories: [String] = []
    var pairs: [LabelledPair] = []
    var labelFiles: [URL] = []
    var errors: DatasetErrors

    init(folder: DatasetFolder, limits: DatasetLimits, size: @escaping @Sendable (URL) -> PictureSize?) {
        self.folder = folder
        self.limits = limits
        probe = size
        pictureFolder = folder
        errors = DatasetErrors(limit: limits.errors)
    }

    func dataset(name: String, format: DatasetFormat) -> Dataset {
        Dataset(
            name: name, format: format, pictures: pictures.values.sorted { $0.id < $1.id }, categories: categories,
            pairs: pairs, labelFiles: labelFiles, errors: errors.kept, omittedErrors: errors.omitted)
    }

    mutating func add(_ picture: LabelledPicture) throws(DatasetError) {
        pictures[picture.id] = picture
        guard pictures.count <= limits.pictures else {
            throw DatasetError(
                file: folder.root.lastPathComponent, reason: "has more than \(limits.pictures) pictures")
        }
    }

    /// Asked once a picture, however many lines name it.
    mutating func size(_ file: URL) -> PictureSize? {
        if let known = sizes[file] { return known }
        let size = probe(file)
        sizes[file] = size
        return size
    }

    /// The lines of a label file, `nil` (and an error noted) when it cannot be read.
    mutating func labelLines(_ path: String) -> [(number: Int, text: String)]? {
        do {
            let lines = try folder.lines(of: path)
            if let file = folder.file(path) { labelFiles.append(file) }
            return lines
        } catch {
            errors.add(error.file, error.line, error.reason)
            return nil
        }
    }

    /// What is wrong with a box in a picture of that size, in words; `nil` when nothing is. Labels are drawn by hand, so
    /// an edge may lie `slack` pixels outside.
    static func objection(to box: Box, in size: PictureSize?, slack: Double = 2) -> String? {
        guard box.x.isFinite, box.y.isFinite, box.width.isFinite, box.height.isFinite else {
            return "the box has a number that is not finite"
        }
        guard box.isUsable else { return "the box is empty" }
        guard let size else { return nil }
        let isInside =
            box.x >= -slack && box.y >= -slack && box.right <= Double(size.width) + slack
            && box.bottom <= Double(size.height) + slack
        return isInside ? nil : "the box lies outside of the picture's \(size.width)x\(size.height) pixels"
    }
}
