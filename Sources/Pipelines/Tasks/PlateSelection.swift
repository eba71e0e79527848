import Vision

/// A plate that was found and what was read on it.
struct ReadPlate: Sendable {
    var detection: Detection
    var reading: PlateReading
    /// What the second reader read, line by line.
    var lines: PlateReading?
}

extension ReadPlate {
    /// - Parameter hint: ISO 3166-1, the country that the caller expects.
    func plate(_ grammars: PlateGrammars, hint: String?, _ vehicles: [Vehicle]) -> Plate {
        Plate(
            detection: detection, corners: Quadrilateral(ordering: detection.points) ?? Quadrilateral(detection.box),
            reading: reading.with(candidates: grammars.candidates(of: reading, hint: hint)),
            countryCode: grammars.country(of: reading.text, hint: hint),
            vehicle: vehicles.carrier(of: detection.box))
    }
}

/// Which of the plates that were found and read are plates, and which of several that overlap.
struct PlateSelection: Sendable {
    /// Shorter readings are stickers and signs, and shorter text is no plate of its own.
    private static let minimumCharacters = (found: 4, text: 5)
    /// On the development pictures plates read at .99 and more, what is no plate below .8.
    private static let minimumConfidence: Float = 0.8
    /// The confidence of text that no second reader confirms.
    private static let unconfirmedConfidence: Float = 0.85
    /// A plate that fits a grammar and is read so well needs no second look.
    private static let settledConfidence: Float = 0.99
    /// What fitting a grammar is worth when overlapping readings compete, against their confidence.
    private static let grammarBonus: Float = 0.1
    /// Characters of the two readers that may differ: each is weak where the other is strong.
    private static let maximumDifference = 1

    let grammars: PlateGrammars
    /// The caller's, in place of the standard one.
    let threshold: Float?

    private var minimum: Float { threshold ?? Self.minimumConfidence }

    /// Whether something that the plate detector found reads as a plate.
    private func isReported(_ plate: ReadPlate) -> Bool {
        plate.reading.text.count >= Self.minimumCharacters.found && plate.reading.confidence >= minimum
    }

    /// Whether text reads as a plate to the first reader: it has letters and digits, and fits a grammar.
    func isPlateLike(_ reading: PlateReading) -> Bool {
        reading.text.count >= Self.minimumCharacters.text && reading.confidence >= Self.minimumConfidence
            && reading.text.contains(where: \.isNumber) && reading.text.contains(where: \.isLetter)
            && grammars.matches(reading.text)
    }

    /// Whether a line of text reads as a plate: as above, where O and 0, I and 1 count as one. A reader of text of any
    /// kind does not know which places of a plate hold letters.
    func isPlateLikeText(_ reading: PlateReading) -> Bool {
        if isPlateLike(reading) { return true }
        let folded = PlateText.folded(reading.text)
        return grammars.candidates(of: reading).contains { candidate in
            PlateText.folded(candidate.text) == folded
                && isPlateLike(
                    PlateReading(
                        text: candidate.text, confidence: reading.confidence, characters: [], candidates: []))
        }
    }

    /// Whether the second reader reads the same; without one the first must be surer.
    func isPlate(_ reading: PlateReading, confirmedBy second: PlateReading?, hasSecondReader: Bool) -> Bool {
        guard hasSecondReader else { return reading.confidence >= Self.unconfirmedConfidence }
        guard let second else { return false }
        return PlateDistance.distance(
            PlateText.folded(reading.text), PlateText.folded(second.text), limit: Float(Self.maximumDifference)) != nil
    }

    /// The plates that need no second look.
    func settled(_ plates: [ReadPlate]) -> SettledPlates {
        SettledPlates(
            boxes: plates.filter {
                $0.reading.confidence >= Self.settledConfidence && grammars.matches($0.reading.text)
            }
            .map(\.detection.box))
    }

    /// Of plates that overlap, or lie in one another, the one that reads best: the reader knows better than the
    /// detector which box is right.
    func best(of plates: [ReadPlate]) -> [ReadPlate] {
        let readable = plates.filter(isReported)
        let scores = readable.map(score)
        let ranked = readable.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
        var kept: [ReadPlate] = []
        for plate in ranked.map({ readable[$0] })
        where !kept.contains(where: { $0.detection.box.isSamePlate(as: plate.detection.box) }) {
            kept.append(plate)
        }
        return kept
    }

    private func score(_ plate: ReadPlate) -> Float {
        plate.reading.confidence + (grammars.matches(plate.reading.text) ? Self.grammarBonus : 0)
    }

    /// The plates that are still plates after the vote, best reading first.
    func reported(_ plates: [ReadPlate]) -> [ReadPlate] {
        let readable = plates.filter(isReported)
        let confidences = readable.map(\.reading.confidence)
        let ranked = readable.indices.sorted { one, other in
            confidences[one] == confidences[other] ? one < other : confidences[one] > confidences[other]
        }
        return ranked.map { readable[$0] }
    }
}

/// Where plates were read so well that nothing there is looked at again.
struct SettledPlates: Sendable {
    let boxes: [Rectangle]

    /// Whether a candidate of the plate detector is one of them.
    func cover(_ box: Rectangle) -> Bool { boxes.contains { $0.intersectionOverUnion(box) > 0.3 } }

    /// Whether one of them is on the vehicle in the box.
    func areOn(_ vehicle: Rectangle) -> Bool {
        boxes.contains { plate in
            let (x, y) = (plate.x + plate.width / 2, plate.y + plate.height / 2)
            return vehicle.x <= x && x <= vehicle.right && vehicle.y <= y && y <= vehicle.bottom
        }
    }

    /// Whether text is that of one of them.
    func contain(_ box: Rectangle) -> Bool { boxes.contains { $0.containment(box) > 0.6 } }
}

extension Rectangle {
    fileprivate func isSamePlate(as other: Rectangle) -> Bool {
        intersectionOverUnion(other) > 0.3 || containment(other) > 0.6
    }
}
