import Vision

/// Where plates are looked for and what their reader is shown. The plate detector stretches its region to 320 × 240,
/// so regions are made 4:3: nothing is distorted. docs/decisions/0008 has the measurements behind the numbers.
struct PlateRegions: Sendable {
    /// Vehicles below a reporting threshold are worth a look: a plate found on them proves them.
    static let vehicleScore: Float = 0.3
    private static let maximumVehicles = 8
    private static let maximumSecondLooks = 8
    /// Sides of the second look over those of the candidate.
    private static let secondLookScale: Float = 4
    private static let aspect: Float = 4 / 3

    let width: Float
    let height: Float

    /// A region around each of the largest vehicles, largest first.
    func regions(around vehicles: [Vehicle]) -> [Rectangle] {
        vehicles.filter { $0.type != "bicycle" && $0.detection.score >= Self.vehicleScore }
            .map(\.detection)
            // A car that was found as a truck as well is one vehicle.
            .merged(iou: 0.6, containment: 1)
            .sorted { $0.box.area > $1.box.area }
            .prefix(Self.maximumVehicles)
            .map { shiftedInside(widened($0.box, by: 1)) }
    }

    /// A closer look around the best candidates, which corrects the corners of far and coarse finds.
    func secondLooks(at candidates: [Detection]) -> [(candidate: Detection, region: Rectangle)] {
        candidates.suppressed(iou: 0.3, limit: Self.maximumSecondLooks).map { candidate in
            (candidate, widened(candidate.box, by: Self.secondLookScale))
        }
    }

    /// What the reader is shown of a candidate, once close and once with more around it: neither margin is best for
    /// every country. Plain boxes: the reader was trained on them, and rectifying by the corners costs readings.
    func readerRegions(of box: Rectangle) -> [Rectangle] {
        [0.05, 0.15].map { (margin: Float) in
            let left = max(0, box.x - margin * box.width).rounded(.down)
            let top = max(0, box.y - margin * box.height).rounded(.down)
            let right = min(width, box.right + margin * box.width + 1).rounded(.down)
            let bottom = min(height, box.bottom + margin * box.height + 1).rounded(.down)
            return Rectangle(left: left, top: top, right: max(right, left + 1), bottom: max(bottom, top + 1))
        }
    }

    /// Where the lines of a plate are looked for: the box and a fifth around it.
    func lineRegion(of box: Rectangle) -> Rectangle {
        let (across, down) = (0.2 * box.width, 0.2 * box.height)
        return Rectangle(
            left: max(0, box.x - across), top: max(0, box.y - down), right: min(width, box.right + across),
            bottom: min(height, box.bottom + down))
    }

    /// The smallest 4:3 rectangle about the same centre that holds the box, times `scale`.
    private func widened(_ box: Rectangle, by scale: Float) -> Rectangle {
        let side = max(box.width, box.height * Self.aspect)
        let (wide, high) = (side * scale, side / Self.aspect * scale)
        return Rectangle(
            x: box.x + (box.width - wide) / 2, y: box.y + (box.height - high) / 2, width: wide, height: high)
    }

    /// Moved inside the picture on each axis on which it fits.
    private func shiftedInside(_ region: Rectangle) -> Rectangle {
        var region = region
        if region.width <= width { region.x = min(max(region.x, 0), width - region.width) }
        if region.height <= height { region.y = min(max(region.y, 0), height - region.height) }
        return region
    }
}
