from services.reporting.levels import tree_order


class TestTreeOrder:
    """By level, then as people read names: without marks, numbers by their size."""

    def test_of_cells(self):
        names = ["Chi bộ 10", "Chi bộ 2", "Chi bộ Đào tạo", "Chi bộ An ninh"]
        ordered = sorted(names, key=lambda name: tree_order("chi_bo_truc_thuoc", name, name))
        assert ordered == ["Chi bộ 2", "Chi bộ 10", "Chi bộ An ninh", "Chi bộ Đào tạo"]

    def test_a_level_above_stands_first_and_an_unknown_one_last(self):
        levels = ["to_dang", "chi_bo_co_so", "dang_bo_co_so"]
        assert sorted(levels, key=lambda level: tree_order(level, "A", "1")) == levels[::-1]
