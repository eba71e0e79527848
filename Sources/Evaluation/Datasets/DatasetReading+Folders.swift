import Foundation

/// Layouts in which the folder is the label: people and liveness.
extension DatasetReading {
    /// A folder per person; pair and group lists if there are any.
    mutating func readPeople() throws(DatasetError) {
        for person in folder.folders() {
            for path in folder.pictures(in: person) {
                guard let file = folder.file(path) else { continue }
                try add(LabelledPicture(id: path, file: file, person: person))
            }
        }
        guard !pictures.isEmpty else {
            throw DatasetError(file: folder.root.lastPathComponent, reason: "has no folder with pictures of a person")
        }
        if folder.has("groups.tsv") { readGroups() }
        if folder.has("pairs.tsv") { readPairs() }
    }

    private mutating func readGroups() {
        var groups: [String: String] = [:]
        let people = Set(pictures.values.compactMap(\.person))
        for line in labelLines("groups.tsv") ?? [] where !line.text.hasPrefix("#") {
            let columns = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(trimmed)
            if line.number == 1, columns == ["person", "group"] { continue }
            guard columns.count == 2, !columns[1].isEmpty else {
                errors.add("groups.tsv", line.number, "is not a person and a group")
                continue
            }
            guard people.contains(columns[0]) else {
                errors.add("groups.tsv", line.number, "there are no pictures of \(shown(columns[0]))")
                continue
            }
            if let other = groups.updateValue(columns[1], forKey: columns[0]), other != columns[1] {
                errors.add("groups.tsv", line.number, "\(shown(columns[0])) is in two groups")
            }
        }
        for (id, picture) in pictures { pictures[id]?.group = picture.person.flatMap { groups[$0] } }
    }

    private mutating func readPairs() {
        for line in labelLines("pairs.tsv") ?? [] where !line.text.hasPrefix("#") {
            let columns = line.text.split(separator: "\t", omittingEmptySubsequences: false).map(trimmed)
            if line.number == 1, columns.last == "same" { continue }
            do throws(BadLine) {
                try readPair(columns)
            } catch {
                errors.add("pairs.tsv", line.number, error.reason)
            }
        }
    }

    private mutating func readPair(_ columns: [String]) throws(BadLine) {
        guard columns.count == 3 else { throw BadLine("has \(columns.count) columns instead of 3") }
        guard columns[2] == "0" || columns[2] == "1" else { throw BadLine("\(shown(columns[2])) is neither 0 nor 1") }
        guard let first = pictures[columns[0]] else { throw BadLine("there is no picture \(shown(columns[0]))") }
        guard let second = pictures[columns[1]] else { throw BadLine("there is no picture \(shown(columns[1]))") }
        guard first.id != second.id else { throw BadLine("pairs a picture with itself") }
        let isSame = columns[2] == "1"
        guard isSame == (first.person == second.person) else {
            throw BadLine("says \(isSame ? "the same person" : "different people"), the folders say otherwise")
        }
        pairs.append(LabelledPair(first: first.id, second: second.id, isSame: isSame))
    }

    mutating func readLiveness() throws(DatasetError) {
        try addLiveness(in: "live", isLive: true, attack: nil)
        try addLiveness(in: "attack", isLive: false, attack: "attack")
        for kind in folder.folders(in: "attack") { try addLiveness(in: "attack/\(kind)", isLive: false, attack: kind) }
        for group in folder.folders(in: "live") { try addLiveness(in: "live/\(group)", isLive: true, attack: nil) }
        guard !pictures.isEmpty else {
            throw DatasetError(file: folder.root.lastPathComponent, reason: "has no pictures in live/ or attack/")
        }
    }

    private mutating func addLiveness(in path: String, isLive: Bool, attack: String?) throws(DatasetError) {
        for picture in folder.pictures(in: path) {
            guard let file = folder.file(picture) else { continue }
            try add(LabelledPicture(id: picture, file: file, isLive: isLive, attack: attack))
        }
    }
}
