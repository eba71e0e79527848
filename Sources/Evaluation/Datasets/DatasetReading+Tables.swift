import Foundation

/// Tab-separated layouts with boxes in pixels: plates and attribute tables.
extension DatasetReading {
    /// A text file beside every picture, or one for the whole folder; subfolders are regions.
    mutating func readPlates() throws(DatasetError) {
        categories = ["plate"]
        for path in [""] + folder.folders() {
            let region = path.isEmpty ? nil : path
            let pictures = folder.pictures(in: path)
            for picture in pictures {
                guard let file = folder.file(picture) else { continue }
                try add(LabelledPicture(id: picture, file: file, region: region))
            }
            var named: Set<String> = []
            for name in folder.names(in: path) where name.hasSuffix(".txt") {
                named.formUnion(readPlateFile(folder.joined(path, name), in: path))
            }
            // A picture that no label names would count every plate found in it as wrong.
            for picture in pictures where !named.contains(picture) {
                self.pictures[picture] = nil
                errors.add(picture, nil, "the picture has no label")
            }
        }
        guard !pictures.isEmpty else {
            throw DatasetError(file: folder.root.lastPathComponent, reason: "holds no labelled plate")
        }
    }

    /// - Returns: the pictures that the file names.
    private mutating func readPlateFile(_ path: String, in parent: String) -> Set<String> {
        var named: Set<String> = []
        for line in labelLines(path) ?? [] {
            let columns = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(trimmed)
            do throws(BadLine) {
                guard columns.count == 6 else { throw BadLine("has \(columns.count) columns instead of 6") }
                let id = folder.joined(parent, columns[0])
                guard let picture = pictures[id] else { throw BadLine("there is no picture \(shown(columns[0]))") }
                named.insert(id)
                guard !columns[5].isEmpty else { throw BadLine("the plate number is empty") }
                let box = try box(columns[1...4], in: size(picture.file))
                try append(LabelledObject(box: box, category: "plate", text: columns[5]), to: id)
            } catch {
                errors.add(path, line.number, error.reason)
            }
        }
        return named
    }

    /// Tables of `image, x, y, width, height, key=value;…`; lines that begin with # are comments.
    mutating func readAttributes(tables: [String]) throws(DatasetError) {
        for table in tables {
            var known: [String: URL] = [:]
            for line in labelLines(table) ?? [] where !line.text.hasPrefix("#") {
                do throws(BadLine) {
                    try readAttributeLine(line.text, known: &known)
                } catch {
                    errors.add(table, line.number, error.reason)
                }
            }
            guard pictures.count <= limits.pictures else {
                throw DatasetError(file: table, reason: "names more than \(limits.pictures) pictures")
            }
        }
        guard !pictures.isEmpty else {
            throw DatasetError(
                file: tables.first ?? folder.root.lastPathComponent,
                reason: errors.kept.first.map { "has no usable line; the first: \($0)" } ?? "has no line")
        }
    }

    private mutating func readAttributeLine(_ text: String, known: inout [String: URL]) throws(BadLine) {
        let columns = text.split(separator: "\t", omittingEmptySubsequences: false).map(trimmed)
        guard columns.count == 6 else { throw BadLine("has \(columns.count) columns instead of 6") }
        let id = columns[0]
        let frame = DatasetFolder.frame(of: id)
        guard let file = known[id] ?? pictureFolder.file(frame?.video ?? id),
            frame != nil || DatasetFolder.isPicture(id)
        else { throw BadLine("there is no picture \(shown(id)) in the data set") }
        known[id] = file
        // Videos are not opened for their size.
        let box = frame == nil ? try box(columns[1...4], in: size(file)) : try box(columns[1...4])
        var attributes: [String: String] = [:]
        for pair in columns[5].split(separator: ";") {
            let sides = pair.split(separator: "=", maxSplits: 1).map { trimmed($0) }
            guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
                throw BadLine("\(shown(pair)) is not key=value")
            }
            guard attributes.updateValue(sides[1], forKey: sides[0]) == nil else {
                throw BadLine("\(shown(sides[0])) is given twice")
            }
        }
        guard !attributes.isEmpty else { throw BadLine("has no attribute") }
        if pictures[id] == nil { pictures[id] = LabelledPicture(id: id, file: file, frame: frame?.number) }
        let category = attributes["class"] ?? attributes["type"] ?? ""
        try append(LabelledObject(box: box, category: category, attributes: attributes), to: id)
    }

    private mutating func append(_ object: LabelledObject, to id: String) throws(BadLine) {
        guard pictures[id]?.objects.count ?? 0 < limits.objectsPerPicture else {
            throw BadLine("the picture has more than \(limits.objectsPerPicture) objects")
        }
        pictures[id]?.objects.append(object)
    }

    private func box(_ columns: ArraySlice<String>, in size: PictureSize?) throws(BadLine) -> Box {
        guard let size else { throw BadLine("the picture cannot be read") }
        let box = try box(columns)
        if let objection = Self.objection(to: box, in: size) { throw BadLine(objection) }
        return box
    }

    private func box(_ columns: ArraySlice<String>) throws(BadLine) -> Box {
        var numbers: [Double] = []
        for column in columns { numbers.append(try finite(column)) }
        let box = Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
        if let objection = Self.objection(to: box, in: nil) { throw BadLine(objection) }
        return box
    }
}

func trimmed(_ text: some StringProtocol) -> String { text.trimmingCharacters(in: .whitespaces) }
