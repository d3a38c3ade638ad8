/* SPDX-License-Identifier: Apache-2.0 */
/* Unmaps clean pages of non-writable segments and returns free heap. */
#include "base/trim.h"

#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_IN_USE = 16 << 10 }; /* of what is called here, by far */

/* A segment without PF_W has never been written (RELRO lies in a writable one): nothing is lost. */
static int drop_text(struct dl_phdr_info *info, size_t size, void *data)
{
	const uintptr_t page = *(const uintptr_t *)data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start, end;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W || !info->dlpi_addr)
			continue;
		start = (info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
		end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
		if (end > start)
			(void)madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void vk_trim(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)malloc_trim(0);
	(void)dl_iterate_phdr(drop_text, &page);
}

void vk_trim_stack(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), here = (uintptr_t)&page;
	uintptr_t end = (here - STACK_IN_USE) & ~(page - 1);
	pthread_attr_t attributes;
	void *low = NULL;
	size_t size;

	if (pthread_getattr_np(pthread_self(), &attributes))
		return;
	if (pthread_attr_getstack(&attributes, &low, &size) == 0 && end > (uintptr_t)low)
		(void)madvise(low, end - (uintptr_t)low, MADV_DONTNEED);
	(void)pthread_attr_destroy(&attributes);
}

bool vk_rest_act(struct vk_rest *rest)
{
	bool was_armed = rest->is_armed;

	rest->was_active = was_armed;
	rest->is_armed = true;
	return !was_armed;
}

bool vk_rest_due(struct vk_rest *rest)
{
	bool was_active = rest->was_active;

	rest->was_active = false;
	rest->is_armed = was_active;
	if (!was_active)
		vk_trim();
	return was_active;
}
