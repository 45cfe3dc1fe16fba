"""The nonconformities of the invented ward, as stories: what was found, why it happened, what was done, and when.

Every number of days is counted back from the day the demo is loaded; a negative one lies ahead.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One nonconformity: days before today for each fact; None where it has not happened.

    ``audit`` names the yearly audit that found it by its months before today; without it ``source`` says where it came from.
    ``moved`` are the day of approval and the new due day; ``closed_again`` is a second closing after ``reopened``.
    """

    unit: str
    grade: str
    raised: int
    clause: str
    statement: str
    requirement: str
    evidence: str
    correction: str | None = None
    cause: str | None = None
    action: str | None = None
    second_action: str | None = None
    responded: int | None = None
    completed: int | None = None
    completed_late: bool = False
    verified: int | None = None
    closed: int | None = None
    reopened: int | None = None
    closed_again: int | None = None
    moved: tuple[int, int] | None = None
    due_after: int = 60
    source: str = "internal_audit"
    audit: int | None = None


LAST_YEAR = (
    Case(
        "VP", "minor", 440, "7.5.2",
        "Sổ đăng ký văn bản đến không ghi người xử lý.", "Điều 7.5.2: tài liệu, hồ sơ phải nhận biết được người lập và người xử lý.",
        "18/60 văn bản đến trong tháng để trống cột người xử lý.",
        "Đã bổ sung tên người xử lý cho 18 văn bản.", "Biểu mẫu sổ cũ không bắt buộc điền cột này.", "Sửa biểu mẫu sổ văn bản đến trên phần mềm thành trường bắt buộc",
        responded=434, completed=400, verified=380, closed=378, audit=15,
    ),
    Case(
        "KTHTDT", "minor", 440, "8.5.2",
        "Không truy được vị trí hiện tại của hồ sơ đính chính giấy chứng nhận.", "Điều 8.5.2: hồ sơ phải truy xuất được ở từng bước.",
        "02/10 hồ sơ đã chọn không có ngày chuyển bước trên phần mềm.",
        "Đã tìm lại và cập nhật trạng thái 02 hồ sơ.", "Công chức nhận bản giấy trước, cập nhật phần mềm sau.", "Quy định chỉ nhận hồ sơ giấy khi phần mềm đã chuyển bước",
        responded=434, completed=385, completed_late=True, verified=375, closed=373, audit=15,
    ),
    Case(
        "VHXH", "minor", 440, "6.1.1",
        "Bảng rủi ro chưa nêu rủi ro rà soát sót hộ cận nghèo.", "Điều 6.1.1: xác định rủi ro ảnh hưởng đến kết quả.",
        "Năm trước có 03 hộ được bổ sung sau khi đã niêm yết; bảng rủi ro không thay đổi.",
        "Đã bổ sung rủi ro vào bảng của phòng.", "Bảng rủi ro được chép lại từ năm trước, không đối chiếu sự việc.", "Thêm bước đối chiếu phản ánh trước khi phê duyệt bảng rủi ro",
        responded=434, completed=400, verified=380, closed=378, audit=15,
    ),
    Case(
        "TTPVHCC", "minor", 440, "7.4",
        "Chưa thông báo cho các phòng về việc đổi giờ chốt nhận hồ sơ.", "Điều 7.4: xác định nội dung, thời điểm trao đổi thông tin.",
        "Sổ bàn giao ngày đổi giờ có 07 hồ sơ chuyển chậm một ngày.",
        "Đã gửi thông báo và bàn giao 07 hồ sơ.", "Không có người được giao thông tin khi thay đổi lịch tiếp nhận.", "Giao ca trưởng thông báo thay đổi lịch trước 03 ngày làm việc",
        responded=434, completed=400, verified=380, closed=378, audit=15,
    ),
    Case(
        "VPDU", "minor", 440, "7.5.3",
        "Hồ sơ hội nghị Ban Chấp hành lưu chưa đủ thành phần.", "Điều 7.5.3: hồ sơ phải được bảo vệ và tìm lại được.",
        "02/06 hồ sơ hội nghị thiếu bản ghi ý kiến thảo luận.",
        "Đã bổ sung bản ghi từ sổ ghi chép.", "Danh mục hồ sơ hội nghị chưa liệt kê bản ghi ý kiến.", "Bổ sung danh mục thành phần hồ sơ hội nghị",
        "Kiểm tra chéo hồ sơ trước khi nộp lưu", responded=434, completed=400, verified=380, closed=378, reopened=340, closed_again=300, audit=15,
    ),
    Case(
        "MTTQ", "minor", 440, "4.4.2",
        "Kế hoạch giám sát không kèm đề cương gửi trước.", "Điều 4.4.2: quá trình được thực hiện theo tài liệu đã ban hành.",
        "01/03 cuộc giám sát không có đề cương gửi đơn vị.",
        "Đã gửi đề cương và lùi lịch 05 ngày.", "Người soạn kế hoạch dùng mẫu cũ không có phụ lục.", "Thu hồi mẫu kế hoạch giám sát cũ, chỉ dùng mẫu có phụ lục",
        responded=434, completed=400, verified=380, closed=378, audit=15,
    ),
    Case(
        "TYT", "minor", 440, "7.1.3",
        "Tủ bảo quản vắc xin chưa được bảo dưỡng theo lịch.", "Điều 7.1.3: duy trì thiết bị cần cho quá trình.",
        "Sổ bảo dưỡng dừng ở quý trước; nhiệt độ ghi đủ hai lần mỗi ngày.",
        "Đã mời đơn vị bảo dưỡng kiểm tra tủ.", "Hợp đồng bảo dưỡng hết hạn không ai theo dõi.", "Lập lịch hợp đồng và giao một viên chức theo dõi",
        responded=434, completed=385, completed_late=True, verified=375, closed=373, audit=15,
    ),
    Case(
        "MN", "minor", 440, "7.2",
        "Hai giáo viên mới chưa được hướng dẫn sơ cứu.", "Điều 7.2: bảo đảm năng lực trước khi giao việc.",
        "Hồ sơ 02 giáo viên nhận việc đầu năm học không có chứng nhận.",
        "Đã bố trí giáo viên kèm cặp.", "Kế hoạch đào tạo lập trước khi tuyển người mới.", "Tổ chức lớp sơ cứu cho toàn bộ giáo viên mới trong tháng đầu",
        responded=434, completed=385, completed_late=True, verified=375, closed=373, audit=15,
    ),
    Case(
        "TH", "minor", 440, "5.2.2",
        "Chính sách chất lượng không có tại bảng tin của trường.", "Điều 5.2.2: chính sách phải được truyền đạt và sẵn có.",
        "Bảng tin trước phòng hội đồng; 03/05 người được hỏi chưa biết.",
        "Đã niêm yết lại chính sách chất lượng.", "Bảng tin thay mới dịp hè, không có danh mục nội dung bắt buộc.", "Lập danh mục nội dung bắt buộc của bảng tin",
        responded=434, completed=400, verified=380, closed=378, audit=15,
    ),
    Case(
        "THCS", "minor", 440, "7.5.3",
        "Sổ gốc cấp văn bằng có ba dòng sửa không ký xác nhận.", "Điều 7.5.3: mọi sửa đổi hồ sơ phải được kiểm soát.",
        "Sổ gốc năm học trước, trang 14 và trang 15.",
        "Đã lập biên bản xác nhận ba dòng sửa.", "Người ghi sổ chưa được hướng dẫn cách đính chính.", "Hướng dẫn đính chính sổ gốc và kiểm tra sau mỗi đợt cấp",
        responded=434, completed=385, completed_late=True, verified=375, closed=373, audit=15,
    ),
    Case(
        "TTVH", "minor", 440, "7.3",
        "Người trực nhà văn hóa chưa nắm quy trình cho mượn hội trường.", "Điều 7.3: người làm việc phải hiểu tài liệu liên quan.",
        "02/03 người trực không nói được bước ký biên bản giao nhận.",
        "Đã phổ biến quy trình tại chỗ.", "Quy trình chỉ gửi qua thư điện tử, người trực không dùng.", "Phổ biến trực tiếp và lấy xác nhận của từng người trực",
        responded=434, completed=400, verified=380, closed=378, audit=15,
    ),
    Case(
        "DTT", "minor", 440, "7.1.3",
        "Hai cụm loa không hoạt động quá một tháng.", "Điều 7.1.3: duy trì hạ tầng cho việc thực hiện quá trình.",
        "Nhật ký phát thanh ghi hỏng từ tháng trước, chưa có phiếu sửa chữa.",
        "Đã mượn hai cụm loa lưu động.", "Không có kinh phí sửa chữa thường xuyên trong dự toán.", "Đưa kinh phí sửa chữa loa vào dự toán năm",
        responded=434, completed=385, completed_late=True, verified=375, closed=373, audit=15,
    ),
)  # fmt: skip

THIS_YEAR = (
    Case(
        "VP", "minor", 195, "8.5.1",
        "Đơn thư đã tiếp nhận không có phiếu xử lý trong thời hạn.", "Điều 8.5.1: mỗi đơn được phân loại và đề xuất xử lý đúng thời hạn của quy trình.",
        "04/15 đơn trong quý được lập phiếu chậm từ 02 đến 05 ngày.",
        "Đã lập đủ phiếu xử lý cho 04 đơn.", "Công chức tiếp dân đi vắng, không có người thay.", "Phân công người thay và thêm cảnh báo hạn xử lý đơn",
        responded=190, completed=160, verified=130, closed=128, audit=7,
    ),
    Case(
        "TTPVHCC", "minor", 195, "8.5.1",
        "Giấy tiếp nhận hồ sơ thiếu giờ hẹn trả kết quả.", "Điều 8.5.1: quy trình yêu cầu ghi ngày, giờ hẹn trả.",
        "05/20 giấy tiếp nhận trong tháng bỏ trống dòng giờ hẹn.",
        "Đã gọi điện báo giờ hẹn cho 05 người dân.", "Mẫu in từ phần mềm không tự điền giờ với hồ sơ liên thông.", "Đề nghị đơn vị cung cấp phần mềm tự điền giờ hẹn",
        responded=190, completed=160, verified=130, closed=128, audit=7,
    ),
    Case(
        "VHXH", "minor", 190, "8.2.1",
        "Mẫu đơn rà soát hộ nghèo phát cho tổ dân phố là mẫu cũ.", "Điều 8.2.1: cung cấp thông tin đúng quy định đang có hiệu lực.",
        "03/12 tổ dân phố còn dùng mẫu của đợt rà soát trước.",
        "Đã thu hồi mẫu cũ và phát lại mẫu mới.", "Mẫu mới chỉ gửi qua nhóm chat, không có xác nhận đã nhận.", "Gửi biểu mẫu qua hệ thống văn bản và lấy xác nhận của từng tổ",
        responded=184, completed=150, verified=125, closed=124, audit=7,
    ),
    Case(
        "KTHTDT", "minor", 190, "8.2.1",
        "Bảng niêm yết phí thẩm định chưa sửa theo quyết định mới.", "Điều 8.2.1: thông tin cho người dân phải đúng và cập nhật.",
        "02/08 thủ tục tại bảng niêm yết còn ghi mức phí cũ.",
        "Đã thay bảng niêm yết trong ngày.", "Không ai được giao theo dõi quyết định công bố mới.", "Giao đầu mối cập nhật niêm yết trong 03 ngày làm việc",
        responded=184, completed=150, verified=125, closed=124, source="complaint",
    ),
    Case(
        "VPDU", "minor", 190, "7.5.3",
        "Danh mục tài liệu nội bộ còn ghi bản đã thu hồi.", "Điều 7.5.3: tài liệu lỗi thời phải được tách riêng.",
        "01 quy trình lần ban hành cũ vẫn ở thư mục dùng chung.",
        "Đã gỡ bản cũ khỏi thư mục dùng chung.", "Quyền ghi thư mục mở cho mọi người, không có người gác.", "Giới hạn quyền ghi và giao một người quản lý thư mục",
        responded=184, completed=150, verified=125, closed=124, audit=7,
    ),
    Case(
        "MTTQ", "minor", 180, "9.1.1",
        "Chưa theo dõi tỷ lệ kiến nghị sau giám sát được trả lời.", "Điều 9.1.1: xác định nội dung, thời điểm theo dõi, đo lường.",
        "Sổ theo dõi không có số liệu của hai quý gần nhất.",
        "Đã tổng hợp lại số liệu hai quý.", "Người theo dõi chuyển công tác, không bàn giao sổ.", "Bàn giao sổ theo biên bản và tổng hợp ngày 25 hằng tháng",
        responded=175, completed=140, verified=110, closed=109, audit=7,
    ),
    Case(
        "TYT", "minor", 180, "8.5.3",
        "Sổ tiêm chủng cá nhân giữ lại không có ký nhận.", "Điều 8.5.3: tài sản của khách hàng được giao nhận rõ ràng.",
        "06 sổ tiêm chủng để tại bàn tiêm, không ghi vào sổ giao nhận.",
        "Đã liên hệ và trả lại 06 sổ.", "Buổi tiêm đông người, không có bàn trả sổ riêng.", "Bố trí bàn trả sổ và ký nhận trong mỗi buổi tiêm",
        responded=175, completed=140, verified=110, closed=109, audit=7,
    ),
    Case(
        "MN", "minor", 180, "8.4.2",
        "Phiếu kiểm thực thực phẩm đầu vào ghi chưa đủ.", "Điều 8.4.2: kiểm soát sản phẩm do bên ngoài cung cấp.",
        "03/20 phiếu trong tháng thiếu giờ giao nhận.",
        "Đã đối chiếu lại với phiếu giao hàng.", "Người nhận hàng phải ghi hai sổ cùng lúc.", "Gộp hai sổ thành một phiếu kiểm thực",
        responded=175, completed=140, verified=110, closed=109, audit=7,
    ),
    Case(
        "TH", "minor", 170, "7.2",
        "Chưa lưu bằng chứng tập huấn đánh giá học sinh.", "Điều 7.2: lưu bằng chứng về năng lực.",
        "02 giáo viên mới nhận lớp không có phiếu hướng dẫn.",
        "Đã hướng dẫn và lập phiếu cho 02 giáo viên.", "Buổi tập huấn tổ chức trước khi hai người nhận việc.", "Bổ sung bước hướng dẫn riêng cho người nhận việc giữa năm",
        responded=165, completed=130, verified=100, closed=98, audit=7,
    ),
    Case(
        "TTVH", "minor", 170, "8.5.1",
        "Lịch phát thanh tuần không có chữ ký duyệt.", "Điều 8.5.1: nội dung phát thanh được duyệt trước khi phát.",
        "02/08 lịch phát thanh tuần chưa có người duyệt.",
        "Đã duyệt lại nội dung các buổi phát còn lại.", "Sau sáp nhập chưa phân công người duyệt.", "Phân công người duyệt và người thay thế",
        responded=165, completed=130, verified=100, closed=98, audit=7,
    ),
    # the school that must supplement: answered and done late, and one action still open
    Case(
        "THCS", "minor", 195, "7.5.3",
        "Bảng phân công giảng dạy tại các tổ không thống nhất.", "Điều 7.5.3: chỉ dùng bản tài liệu hiện hành.",
        "02/04 tổ chuyên môn dùng bảng phân công của học kỳ trước.",
        "Đã phát lại bảng phân công hiện hành.", "Bản mới chỉ dán ở văn phòng, không gửi các tổ.", "Phát hành bảng phân công qua hệ thống văn bản của trường",
        responded=165, completed=110, completed_late=True, verified=90, closed=88, audit=7,
    ),
    Case(
        "THCS", "minor", 120, "9.1.2",
        "Phản ánh của phụ huynh về dạy thêm được trả lời chậm.", "Điều 9.1.2: theo dõi và xử lý ý kiến của khách hàng đúng thời hạn.",
        "02/05 phản ánh trong quý được trả lời sau 15 ngày làm việc.",
        "Đã trả lời cả hai phản ánh.", "Hộp thư phản ánh không có người trực hằng ngày.", "Phân công trực hộp thư và báo cáo hằng tuần",
        responded=114, source="complaint",
    ),
    # the centre that does not maintain: a major one, overdue without finished action
    Case(
        "TTVH", "major", 95, "7.1.3",
        "Không kiểm tra an toàn nhà văn hóa trong năm.", "Điều 7.1.3: duy trì cơ sở hạ tầng an toàn.",
        "03/03 nhà văn hóa không có biên bản kiểm tra.",
        "Đã tạm dừng 01 nhà văn hóa có mái hư hỏng.", "Sau sáp nhập chưa giao đầu mối kiểm tra định kỳ.", "Kiểm tra và lập biên bản cho 03 nhà văn hóa",
        responded=89, source="inspection",
    ),
    # to be answered
    Case(
        "VHXH", "minor", 4, "8.5.1",
        "Hồ sơ công nhận hộ cận nghèo thiếu phiếu kiểm soát quá trình.", "Điều 8.5.1: mỗi hồ sơ có phiếu kiểm soát.",
        "03/12 hồ sơ đã xem không có phiếu.",
        source="process",
    ),
    # acting
    Case(
        "TTPVHCC", "minor", 20, "7.2",
        "Nhân viên quầy mới chưa được hướng dẫn phần mềm một cửa.", "Điều 7.2: bảo đảm năng lực trước khi giao việc.",
        "01/06 nhân viên quầy không có phiếu hướng dẫn; 04 hồ sơ nhập sai lĩnh vực.",
        "Đã sửa lĩnh vực của 04 hồ sơ.", "Không có tài liệu hướng dẫn cho người nhận việc giữa tháng.", "Soạn tài liệu hướng dẫn nhập hồ sơ và kèm cặp một tuần",
        responded=14, source="complaint",
    ),
    Case(
        "KTHTDT", "minor", 70, "8.4.3",
        "Hợp đồng tư vấn không nêu yêu cầu bảo vệ dữ liệu.", "Điều 8.4.3: thông tin cho nhà cung cấp phải đầy đủ.",
        "Hợp đồng đo đạc ký trong quý không có điều khoản về dữ liệu.",
        "Đã yêu cầu đơn vị tư vấn cam kết bằng văn bản.", "Mẫu hợp đồng của phòng soạn trước khi có quy định.", "Sửa mẫu hợp đồng và ký phụ lục bổ sung",
        responded=64, moved=(24, -15), source="supplier",
    ),
    # waiting for somebody who verifies
    Case(
        "VP", "minor", 45, "6.2.2",
        "Mục tiêu giải quyết đơn thư đúng hạn chưa được theo dõi.", "Điều 6.2.2: kế hoạch đạt mục tiêu phải nêu cách đánh giá kết quả.",
        "Không có số liệu quý gần nhất trong sổ theo dõi mục tiêu.",
        "Đã tổng hợp số liệu quý từ sổ tiếp công dân.", "Kế hoạch không giao người tổng hợp.", "Giao người tổng hợp và đưa vào báo cáo tháng",
        responded=40, completed=6, source="self",
    ),
    Case(
        "TYT", "minor", 55, "7.5.3",
        "Phác đồ xử lý phản vệ tại phòng tiêm là bản cũ.", "Điều 7.5.3: tài liệu bên ngoài phải được nhận biết và kiểm soát.",
        "01/02 phòng tiêm dán phác đồ đã được thay thế.",
        "Đã thay phác đồ ngay trong buổi.", "Danh mục tài liệu bên ngoài không ghi nơi dán.", "Thêm nơi dán vào danh mục và kiểm tra mỗi tháng",
        responded=50, completed=25, verified=3, source="inspection",
    ),
    # closed, and it came back
    Case(
        "TH", "minor", 100, "8.5.2",
        "Đồ dùng dạy học mượn không ghi ngày trả.", "Điều 8.5.2: thiết bị phải truy được nơi đang sử dụng.",
        "05/20 lượt mượn trong tháng không có ngày trả.",
        "Đã kiểm kê và thu đủ thiết bị.", "Sổ mượn để tại phòng thiết bị, giáo viên trả sau giờ không ghi được.", "Đặt phiếu mượn trả tại cửa phòng thiết bị",
        responded=95, completed=70, verified=50, closed=48, reopened=5, due_after=130, source="self",
    ),
)  # fmt: skip

CASES = (*LAST_YEAR, *THIS_YEAR)
